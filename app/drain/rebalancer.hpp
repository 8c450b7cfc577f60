#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "app/drain/drain_status.hpp"
#include "app/operator/fleet.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace herald::app {

// -- its messages -------------------------------------------------------------

struct rebalance_tick {};
struct fleet_seen { fleet_view what; };

using rebalancer_actor = caf::typed_actor<
  // From itself: time to look at the fleet.
  caf::reacts_to<rebalance_tick>,
  // From the fleet, by way of itself.
  caf::reacts_to<fleet_seen>>;

// -- the actor ----------------------------------------------------------------

struct rebalance_rules {
  std::size_t tolerance_percent = 5;
  std::size_t most_per_s = 10;
  std::chrono::milliseconds min_age{3'600'000};  ///< A connection is not moved before; so no client is moved more often than that.
};

/// What it counts; read by the metrics.
struct rebalance_stats {
  counter surplus;  ///< Connections that this node has more than it should, now.
  counter moved;
};

/// Keeps connections spread over the fleet: a node with well more than the mean sends some elsewhere, slowly.
///
/// It waits until a surplus has lasted for three looks, then moves a quarter of it at a look, and no more than `most_per_s`: what it sees
/// of the others is two seconds old, and who was sent away comes back somewhere a moment later.
/// Thread: the API's.   Ends: with the node.
class rebalancer : public pinned<rebalancer_actor, actor_kind::rebalancer> {
public:
  static constexpr std::chrono::milliseconds look_every{2'000};
  static constexpr std::size_t patience = 3;

  /// `sessions`: how many a shard has, in the order of `directories`.
  rebalancer(caf::actor_config& cfg, rebalance_rules rules, fleet_actor fleet, std::vector<directory_actor> directories,
             std::function<std::size_t(std::size_t shard)> sessions, const drain_status& drain, rebalance_stats& counts);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  void on_seen(const fleet_view& what);
  void move(std::size_t count);

  rebalance_rules rules_;
  fleet_actor fleet_;
  std::vector<directory_actor> directories_;
  std::function<std::size_t(std::size_t)> sessions_;
  const drain_status& drain_;
  rebalance_stats& counts_;
  std::size_t looks_ = 0;  ///< In a row with a surplus.
};

}  // namespace herald::app

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::fleet_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::rebalance_tick)
