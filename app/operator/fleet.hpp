#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "app/operator/fleet_stats.hpp"
#include "app/operator/fleet_text.hpp"
#include "app/operator/presence.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace herald::app {

// -- its messages -------------------------------------------------------------

struct fleet_heard { std::string text; };

/// The fleet as this node knows it: itself first. `is_hearing`: else the others' silence says nothing.
struct fleet_view {
  std::vector<presence::node> nodes;
  bool is_hearing = true;
};

/// `done` is called once, on the fleet's thread.
struct show_fleet { std::function<void(fleet_view)> done; };

/// What the nodes answered, this one first, and who did not in time. Bodies are JSON as the nodes sent it: not looked at.
struct fleet_answers {
  std::vector<fleet_text::answer> answers;
  std::vector<node_id> unanswered;
};

/// A question to every node. `done` is called once, on the fleet's thread, at the latest when `within` has passed.
struct ask_fleet {
  std::string what;
  std::string argument;
  std::chrono::milliseconds within{1000};
  std::function<void(std::variant<fleet_answers, failure>)> done;
};

struct own_answer { fleet_text::question to; std::string body; };

struct fleet_tick {};

/// Say who is here, now: somebody came.
struct greeting_due {};

struct question_due { std::uint64_t number; };

/// Says goodbye; `done` is called once the backplane has taken it, or could not.
struct leave_fleet { std::function<void()> done; };

using fleet_actor = caf::typed_actor<
  // From the bridge: what another node has said.
  caf::reacts_to<fleet_heard>,
  // From the API: which nodes are there?
  caf::reacts_to<show_fleet>,
  // From the API: ask them all.
  caf::reacts_to<ask_fleet>,
  // From whoever answers for this node.
  caf::reacts_to<own_answer>,
  // From itself: time to say that this node is there.
  caf::reacts_to<fleet_tick>,
  caf::reacts_to<greeting_due>,
  // From itself: a question has waited long enough.
  caf::reacts_to<question_due>,
  // From the node: it ends.
  caf::reacts_to<leave_fleet>>;

// -- the actor ----------------------------------------------------------------

/// Answers a question for this node: calls `done` once, on any thread, with JSON, within `within` if it can.
using responder = std::function<void(const std::string& argument, std::chrono::milliseconds within, std::function<void(std::string)> done)>;
using responders = std::map<std::string, responder, std::less<>>;

struct fleet_options {
  node_id self;
  std::function<std::string(const std::string& name)> address;  ///< What the backplane calls the node of this name.
  std::function<node_facts()> measure;        ///< This node, now.
  responders answers;
};

/// Knows which nodes there are, and asks them.
///
///     fleet ──say: node──▶ bridge ──▶ every other node's bridge ──fleet_heard──▶ its fleet
///     ask_fleet ──question──▶ each node's responder ──answer, to the asker alone──▶ done
///
/// What comes may be anybody's who may write to the backplane: it is checked, counted and logged; nothing is done with it but what is
/// shown here.
/// Thread: the API's.   Ends: with the node.
/// Bound:  64 open questions, and as many that are being answered; 100 answers a second; an answer by `max_answer_bytes`; 64 MiB
///         of answers to one question; what comes by `max_waiting_bytes`.
class fleet : public pinned<fleet_actor, actor_kind::fleet> {
public:
  static constexpr std::size_t max_questions = 64;
  static constexpr std::size_t max_answers_a_second = 100;
  static constexpr std::size_t max_answers_bytes = 64u << 20;
  static constexpr std::size_t max_waiting_bytes = 64u << 20;

  /// For the bridge's thread: what it has heard, unless too much waits already.
  static std::optional<fleet_heard> take_in(std::string_view text, fleet_stats& counts);

  fleet(caf::actor_config& cfg, bridge_actor bridge, fleet_options options, fleet_stats& stats);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  struct open_question {
    ask_fleet asked;
    fleet_answers so_far;
    std::vector<node_id> awaited;  ///< Those that were there when it was asked.
    std::vector<node_id> silent;   ///< … and those of which nobody knows.
    std::size_t bytes = 0;
  };

  // -- from other nodes ---
  void on_heard(const fleet_heard& what);
  void on(node_facts facts);
  void on(const fleet_text::goodbye& what);
  void on(fleet_text::question what);
  void on(fleet_text::answer what);
  void refuse(std::string_view why, std::size_t bytes);

  // -- questions ---
  void on_ask(const ask_fleet& asked);
  void on_own_answer(const own_answer& what);
  void respond(fleet_text::question to);
  void settle(std::uint64_t number, fleet_text::answer with);
  void close(std::uint64_t number);
  bool may_answer();

  // -- who is there ---
  void on_show(const show_fleet& wish);
  void on_tick();
  void announce();
  void tell(const std::string& to, std::string text);

  bridge_actor bridge_;
  fleet_options options_;
  fleet_stats& counts_;
  presence others_;
  std::unordered_map<std::uint64_t, open_question> questions_;
  std::uint64_t numbers_ = 0;
  std::size_t answering_ = 0;
  std::size_t answers_this_second_ = 0;
  presence::clock::time_point second_{};
  bool greeting_is_due_ = false;
  bool is_leaving_ = false;
};

}  // namespace herald::app

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::ask_fleet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::fleet_heard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::fleet_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::greeting_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::leave_fleet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::own_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::question_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::show_fleet)
