#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "app/drain/drain_status.hpp"
#include "app/drain/forecast.hpp"
#include "app/operator/inspector.hpp"
#include "transport/public_port.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace herald::app {

// -- its messages -------------------------------------------------------------

/// Does nothing to a drain that has begun, unless `hurry`: then it goes on by this plan.
struct begin_drain {
  drain_plan plan;
  std::string by;         ///< Whose key it was, or the signal.
  bool hurry = false;
  std::function<void()> done;  ///< Called at once, on the drainer's thread; may be null.
};

struct cancel_drain { std::string by; std::function<void()> done; };

struct drain_step { std::uint64_t number; };

/// `done` is called once, on the drainer's thread, after about a second: it looks at logs twice.
struct foresee_drain { std::function<void(const drain_forecast&)> done; };

/// All answers to a round of questions are there.
struct foresight;
struct foresight_gathered { std::shared_ptr<foresight> what; };

using drainer_actor = caf::typed_actor<
  // From the API, or from the node when it is told to stop.
  caf::reacts_to<begin_drain>,
  // From the API: serve again.
  caf::reacts_to<cancel_drain>,
  // From itself: what comes next is due.
  caf::reacts_to<drain_step>,
  // From the API: what would a drain be like?
  caf::reacts_to<foresee_drain>,
  // From itself, and those whom it asked for that.
  caf::reacts_to<foresight_gathered>>;

// -- the actor ----------------------------------------------------------------

struct drainer_options {
  std::chrono::milliseconds close_time{5'000};   ///< How long the last ones have for a proper goodbye; then they are cut …
  std::chrono::milliseconds cut_time{1'000};     ///< … and after so long it is over in any case.
  std::chrono::milliseconds settle_time{250};    ///< At least as long as `delay`: what was accepted just before comes back from the backplane.
  std::function<std::size_t()> sessions;         ///< How many there are on all shards.
  drain_plan plan;                               ///< What the settings say.
  fleet_actor fleet;
  inspector_actor inspector;
  std::uint64_t log_max_entries = 0;
  std::chrono::milliseconds log_max_age{0};
  bool shares_backplane = true;                  ///< False for the memory backplane.
  std::function<bool()> is_backplane_there;
};

/// Lets a node's clients go so that nobody notices more than one reconnect: see `drain_status` for its steps, and the directories
/// for the pace.
/// Thread: the API's.   Ends: with the node.
class drainer : public pinned<drainer_actor, actor_kind::drainer> {
public:
  drainer(caf::actor_config& cfg, transport::public_port& port, drain_status& status, drainer_options options);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  using clock = std::chrono::steady_clock;

  void on_begin(const begin_drain& order);
  void on_cancel(const cancel_drain& order);
  void on_step();

  // -- what a drain would be like (drain_foresight.cpp) ---
  void on_foresee(const foresee_drain& asked);
  void on_gathered(const std::shared_ptr<foresight>& so_far);
  void choose_logs(const std::shared_ptr<foresight>& so_far);
  void look_at_logs(const std::shared_ptr<foresight>& so_far);
  void tell(foresight& all);

  // -- steps ---
  void close_sessions_paced();
  void cut();
  void finish();
  void again_after(std::chrono::milliseconds time);
  clock::time_point now() const { return clock::time_point{std::chrono::nanoseconds{home().clock_ns()}}; }

  template <class Message>
  void tell_directories(const Message& what) {
    for (const auto& one : port_.directories) send(one, what);
  }

  transport::public_port& port_;
  drain_status& status_;
  drainer_options options_;
  drain_plan plan_;
  std::uint64_t steps_ = 0;   ///< The step that is awaited; tells whether another is out of date.
  clock::time_point until_{};  ///< The end of this phase.
  bool is_cutting_ = false;
};

}  // namespace herald::app

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::begin_drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::cancel_drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::drain_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::foresee_drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::foresight_gathered)
