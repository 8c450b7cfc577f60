#pragma once

#include "actors/fan_list.hpp"
#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "actors/rules.hpp"

#include <caf/typed_response_promise.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

namespace herald {

/// Knows which users and groups live on this shard, and keeps the backplane subscribed to just those.
///
///     bridge ──run──▶ directory ──run──▶ user_router (one for a user's channel; all members of a group; all for broadcast)
///
/// Thread: its shard.   Owns: routers (monitored).   Ends: with the node.
/// Bound:  a fan-out goes in slices of `fan_out_slice` routers, in order; what waits is bounded by the bridge, which is
///         told with `forwarded` what was passed on.
class directory : public pinned<directory_actor, actor_kind::directory> {
public:
  directory(caf::actor_config& cfg, bridge_actor bridge, const actor_rules& rules);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  struct user_entry {
    user_router_actor router;
    channel_status status;
    bool answered = false;
    fan_list::place broadcast_place = 0;
    std::uint64_t connections = 0;  ///< Given to this router. Also tells whether a linger is out of date.
  };

  /// A group, or broadcast.
  struct topic_entry {
    std::shared_ptr<fan_list> members = std::make_shared<fan_list>();
    channel_status status;
    bool answered = false;
    std::uint64_t generation = 0;  ///< Changes with each join; tells whether a linger is out of date.
  };

  /// A run on its way to all members, or, without one, the channel's state.
  struct fan_out {
    batch_ptr run;
    channel_status status;
    std::shared_ptr<fan_list> members;
    std::uint64_t number;
    fan_list::place next = 0;
  };

  struct departing {
    send_away order;
    departure progress;
  };

  // -- connections ---
  void on_connect(const connect& newcomer);
  user_entry& spawn_router(const channel& user);
  void on_router_idle(const router_idle& report);
  void on_linger_over(const linger_over& report);
  void retire(const channel& user);
  void on_router_down(const caf::actor_addr& who);
  void on_close_sessions(const close_sessions& order);
  caf::typed_response_promise<sessions_ended> on_end_sessions(const end_sessions& order);

  // -- departures (directory_departures.cpp) ---
  void on_send_away(const send_away& order);
  void on_departure_due(const departure_due& report);
  std::size_t let_go(const move_sessions& order, close_reason why);
  void on_let_stay();
  sessions_ended on_move_sessions(const move_sessions& order);
  users_sample on_sample_users(const sample_users& asked) const;
  departure::clock::time_point now() const { return departure::clock::time_point{std::chrono::nanoseconds{home().clock_ns()}}; }

  caf::typed_response_promise<user_facts> on_describe_user(const describe_user& asked);
  groups_facts on_describe_groups(const describe_groups& asked) const;

  // -- channels ---
  void on_channel_changed(const channel_changed& change);
  void on_join(const join& wish);
  void on_leave(const leave& wish);
  topic_entry& follow(const channel& name);
  void linger_if_unused(const channel& name, const topic_entry& topic);
  void unfollow_if_unused(const channel& name);

  // -- notifications ---
  void on_deliver(const deliver& what);
  void deliver_to_user(const deliver& what);
  void deliver_to_topic(const deliver& what);
  void begin_fan_out(const topic_entry& topic, batch_ptr run, channel_status status);
  void run_slices();
  void count_forwarded(const batch& run);

  bridge_actor bridge_;
  const actor_rules& rules_;
  std::unordered_map<channel, user_entry> users_;
  std::unordered_map<channel, topic_entry> topics_;
  std::deque<fan_out> fan_outs_;
  std::optional<close_sessions> ending_;  ///< The node ends: who comes now is told to go, too.
  std::optional<departing> away_;         ///< It drains.
  std::uint64_t departures_ = 0;          ///< That it began so far.
  forwarded passed_on_{0, 0};
  std::size_t passed_on_weight_ = 0;
};

}  // namespace herald
