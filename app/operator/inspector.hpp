#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace herald::app {

// -- its messages -------------------------------------------------------------

/// What a user has on this node.
struct user_view {
  std::string user;
  std::size_t shard = 0;
  bool is_stuck = false;  ///< The user's shard did not answer.
  user_facts facts;
  std::vector<std::pair<std::string, positions>> acknowledged;  ///< By device, as the backplane keeps it.
};

struct groups_view {
  std::vector<group_facts> top;   ///< Those with most users first; all shards' together.
  std::size_t groups_in_all = 0;  ///< No less than there are: of shards that each left some out, some may be the same.
  bool is_complete = true;        ///< None was left out.
  std::vector<std::size_t> stuck_shards;
};

/// What this node knows of a notification.
struct trace_view {
  std::vector<std::pair<std::size_t, trace_facts>> shards;
  std::vector<std::size_t> stuck_shards;
  std::int64_t started_ms = 0;  ///< Since when it could know: Unix time.
};

/// In each of them `done` is called once, on the inspector's thread, at the latest when `within` has passed.
struct inspect_user { std::string user; std::chrono::milliseconds within; std::function<void(user_view)> done; };

struct inspect_groups {
  std::size_t most;
  std::string only;  ///< One group alone, unless it is empty.
  std::chrono::milliseconds within;
  std::function<void(groups_view)> done;
};

struct inspect_trace { std::string id; std::chrono::milliseconds within; std::function<void(trace_view)> done; };

struct inspect_channel { channel what; std::chrono::milliseconds within; std::function<void(channel_facts)> done; };

struct inspect_backplane { std::chrono::milliseconds within; std::function<void(std::variant<backplane_facts, failure>)> done; };

using inspector_actor = caf::typed_actor<
  // From the API, or for another node: what does a user have here?
  caf::reacts_to<inspect_user>,
  // … which groups are here?
  caf::reacts_to<inspect_groups>,
  // … what has become of a notification?
  caf::reacts_to<inspect_trace>,
  // From the API: where is a channel's log?
  caf::reacts_to<inspect_channel>,
  // From the API: how is this node connected?
  caf::reacts_to<inspect_backplane>>;

// -- the actor ----------------------------------------------------------------

/// Asks this node's actors what operators want to know, and gathers the answers: a shard that stands still is said to, and does
/// not keep the others from being seen.
/// Thread: the API's.   Ends: with the node.
/// Bound:  `user_facts::most_sessions`, 50 devices of a user, what `inspect_groups` wants of each shard; the API bounds its requests.
class inspector : public pinned<inspector_actor, actor_kind::inspector> {
public:
  static constexpr std::size_t max_devices = 50;

  using shard_of_user = std::function<std::size_t(const std::string& user)>;

  inspector(caf::actor_config& cfg, bridge_actor bridge, std::vector<directory_actor> directories, shard_of_user shard_of);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  struct user_gathering;
  struct groups_gathering;

  void on_user(const inspect_user& asked);
  void find_acknowledged(const std::shared_ptr<user_gathering>& so_far);
  void on_groups(const inspect_groups& asked);
  void on_trace(const inspect_trace& asked);

  bridge_actor bridge_;
  std::vector<directory_actor> directories_;
  shard_of_user shard_of_;
  std::int64_t started_ms_ = unix_ms();
};

}  // namespace herald::app

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::inspect_backplane)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::inspect_channel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::inspect_groups)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::inspect_trace)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::inspect_user)
