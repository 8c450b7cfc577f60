#include "app/operator/node_meter.hpp"

#include "actors/unix_time.hpp"
#include "app/cpu_quota.hpp"
#include "app/health.hpp"
#include "app/operator/memory_limit.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace herald::app {
namespace {

using namespace std::chrono_literals;

std::chrono::microseconds to_duration(const timeval& x) { return std::chrono::seconds{x.tv_sec} + std::chrono::microseconds{x.tv_usec}; }

/// For how long something has lasted that began then, by the steady clock; 0 where nothing began.
std::uint64_t lasted_ms(std::int64_t since_ms) {
  return since_ms == 0 ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(steady_ms() - since_ms, 0));
}

}  // namespace

std::uint64_t resident_bytes() {
  std::uint64_t all = 0, resident = 0;
  std::istringstream in{read_system_file("/proc/self/statm").value_or("")};
  return in >> all >> resident ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

std::chrono::microseconds cpu_used() {
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) != 0) return 0us;
  return to_duration(used.ru_utime) + to_duration(used.ru_stime);
}

node_meter::node_meter(node_id self, std::string_view version, std::span<home* const> homes, const transport::public_port& port,
                       const backplane::bridge_status& bridge, const health& state)
  : homes_(homes), port_(port), bridge_(bridge), health_(state), last_cpu_(cpu_used()) {
  fixed_.id = std::move(self);
  fixed_.version = version;
  fixed_.started_ms = unix_ms();
  fixed_.memory_limit_bytes = cgroup_memory_limit(read_system_file);
  fixed_.max_connections = port.options.max_connections;
  load_.see({0, resident_bytes(), 0, 0us, 0us});  // until a first look without connections
}

node_facts node_meter::measure() {
  const std::uint64_t connections = port_.sessions, memory_bytes = resident_bytes();
  measure_rates(connections, memory_bytes);
  measure_latency();
  auto result = fixed_;
  result.shards = port_.shards.size();
  result.connections = connections;
  for (auto* one : homes_)
    for (const auto& kind : one->stats().actors) result.actors += kind.get();
  result.memory_bytes = memory_bytes;
  result.draining = port_.draining;
  result.not_ready = health_.why_not_ready();
  result.publishing = bridge_.publishing;
  result.subscribed = bridge_.subscribed;
  result.backplane_away_ms = lasted_ms(bridge_.away_since_ms);
  result.behind_ms = lasted_ms(bridge_.behind_since_ms);
  result.canary_us = bridge_.canary_us.get();
  result.healing = bridge_.healing.get();
  return result;
}

void node_meter::measure_rates(std::uint64_t connections, std::uint64_t memory_bytes) {
  const auto now = clock::now();
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - last_);
  if (passed < 500ms) return;
  std::uint64_t delivered = 0;
  for (auto* one : homes_) delivered += one->stats().delivered.get();
  const auto cpu = cpu_used();
  const auto us = static_cast<std::uint64_t>(passed.count());
  load_.see({connections, memory_bytes, delivered - last_delivered_, cpu - last_cpu_, passed});
  fixed_.deliveries_per_s = (delivered - last_delivered_) * 1'000'000 / us;
  fixed_.cpu_thousandths = static_cast<std::uint64_t>((cpu - last_cpu_).count()) * 1000 / us;
  last_ = now;
  last_delivered_ = delivered;
  last_cpu_ = cpu;
}

void node_meter::measure_latency() {
  recent_latency::counts all{};
  for (auto* one : homes_)
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += one->latencies().taken().count(i);
  latency_.see(all, clock::now());
  fixed_.latency_p50_us = latency_.quantile(0.5);
  fixed_.latency_p99_us = latency_.quantile(0.99);
}

}  // namespace herald::app
