#pragma once

#include "actors/home.hpp"
#include "app/operator/load_record.hpp"
#include "app/operator/node_facts.hpp"
#include "app/operator/recent_latency.hpp"
#include "backplane/bridge.hpp"
#include "transport/public_port.hpp"

#include <chrono>
#include <span>

namespace herald::app {

class health;

/// Takes this node's measure: what it tells the others of itself.
/// Thread: the internal port's.   Bound: reads /proc/self/statm; rates are those since the last time, of at least half a second.
class node_meter {
public:
  node_meter(node_id self, std::string_view version, std::span<home* const> homes, const transport::public_port& port,
             const backplane::bridge_status& bridge, const health& state);

  node_facts measure();

  /// What load has cost so far.
  const load_record& load() const noexcept { return load_; }

private:
  using clock = std::chrono::steady_clock;

  void measure_rates(std::uint64_t connections, std::uint64_t memory_bytes);
  void measure_latency();

  node_facts fixed_;  ///< What does not change, and the last rates.
  std::span<home* const> homes_;
  const transport::public_port& port_;
  const backplane::bridge_status& bridge_;
  const health& health_;
  load_record load_;
  recent_latency latency_;
  clock::time_point last_ = clock::now();
  std::uint64_t last_delivered_ = 0;
  std::chrono::microseconds last_cpu_{0};
};

/// Memory of this process that is in RAM; 0 where the system does not say.
std::uint64_t resident_bytes();

/// CPU that this process has used so far.
std::chrono::microseconds cpu_used();

}  // namespace herald::app
