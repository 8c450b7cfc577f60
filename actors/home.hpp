#pragma once

#include "actors/stats.hpp"

#include <caf/execution_unit.hpp>

#include <cstddef>

namespace herald {

/// The execution unit that actors are pinned to: a shard, or in tests one that runs when it is told to.
/// Thread: `exec_later` may be called from any; it queues the actor and wakes the home.
class home : public caf::execution_unit {
public:
  home(caf::actor_system& system, std::size_t index) : execution_unit(&system), index_(index) {}

  std::size_t index() const noexcept { return index_; }
  shard_stats& stats() noexcept { return stats_; }

private:
  std::size_t index_;
  shard_stats stats_;
};

}  // namespace herald
