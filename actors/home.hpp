#pragma once

#include "actors/actor_list.hpp"
#include "actors/latency_meter.hpp"
#include "actors/session_roll.hpp"
#include "actors/stats.hpp"
#include "actors/trace_ring.hpp"

#include <caf/execution_unit.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace herald {

/// Called before an actor handles a message, on its thread. For tests only: it makes actors slow.
class handler_hook {
public:
  virtual void before(const listed_actor& who) = 0;

protected:
  ~handler_hook() = default;
};

/// The execution unit that actors are pinned to: a shard, or in tests one that runs when it is told to.
/// Thread: its own; `exec_later` and `running` may be called from any. `exec_later` queues the actor and wakes the home.
class home : public caf::execution_unit {
public:
  /// An actor that is handling messages now.
  struct running_actor {
    actor_kind kind;
    std::uint64_t id;
  };

  home(caf::actor_system& system, std::size_t index) : execution_unit(&system), index_(index) {}

  std::size_t index() const noexcept { return index_; }
  shard_stats& stats() noexcept { return stats_; }
  actor_list& actors() noexcept { return actors_; }
  session_roll& sessions() noexcept { return sessions_; }
  latency_meter& latencies() noexcept { return latencies_; }

  /// On its own thread; what it counts may be read by any.
  trace_ring& traces() noexcept { return traces_; }

  /// What time it is for actors, in nanoseconds since whenever; never goes back.
  virtual std::int64_t clock_ns() const noexcept { return std::chrono::steady_clock::now().time_since_epoch().count(); }

  /// The clock as it was read last: the end of one actor's turn is the begin of the next, so that one look is enough for both.
  std::int64_t stamp() const noexcept { return stamp_; }
  void stamp(std::int64_t now_ns) noexcept { stamp_ = now_ns; }

  /// Which actor runs: null between two, and without actor stats.
  std::optional<running_actor> running() const noexcept {
    const auto now = running_.load(std::memory_order_relaxed);
    if (now == 0) return std::nullopt;
    return running_actor{static_cast<actor_kind>((now >> id_bits) - 1), now & id_mask};
  }
  void runs(actor_kind kind, std::uint64_t id) noexcept {
    running_.store((static_cast<std::uint64_t>(kind) + 1) << id_bits | (id & id_mask), std::memory_order_relaxed);
  }
  void runs_none() noexcept { running_.store(0, std::memory_order_relaxed); }

  /// Null but in tests. Set before the first actor is spawned.
  handler_hook* hook() const noexcept { return hook_; }
  void hook(handler_hook* what) noexcept { hook_ = what; }

private:
  static constexpr int id_bits = 56;
  static constexpr std::uint64_t id_mask = (std::uint64_t{1} << id_bits) - 1;

  std::size_t index_;
  std::int64_t stamp_ = 0;
  std::atomic<std::uint64_t> running_{0};
  handler_hook* hook_ = nullptr;
  actor_list actors_;
  session_roll sessions_;
  shard_stats stats_;
  trace_ring traces_;
  latency_meter latencies_;
};

}  // namespace herald
