#include "actors/log.hpp"
#include "app/cpu_quota.hpp"
#include "app/health.hpp"
#include "app/metrics/sources.hpp"
#include "app/operator/memory_limit.hpp"
#include "app/operator/node_meter.hpp"

namespace herald::app {
namespace {

metric_labels of_shard(const home& one) { return {{"shard", std::to_string(one.index())}}; }

void add_actors(metric_list& to, const metric_sources& from) {
  std::vector<metric_sample> kinds;
  for (std::size_t i = 0; i < actor_kinds; ++i) {
    const auto kind = static_cast<actor_kind>(i);
    kinds.push_back({from.actors(kind), {{"kind", std::string{to_string(kind)}}}});
  }
  to.gauges("herald_actors", "Actors that run.", kinds);
  to.total("herald_actor_failures_total", "Actors that a throwing handler ended.", from.sum(&shard_stats::actor_failures));
  to.total("herald_handler_failures_total", "Handlers of sockets and timers that threw.", from.sum(&shard_stats::handler_failures));
}

void add_shards(metric_list& to, const metric_sources& from) {
  std::vector<metric_sample> turns, flushes;
  for (auto* one : from.homes) {
    turns.push_back({one->stats().turns.get(), of_shard(*one)});
    flushes.push_back({one->stats().flushes.get(), of_shard(*one)});
  }
  to.totals("herald_shard_turns_total", "Turns of each shard; the last one is the internal port's.", turns);
  to.totals("herald_socket_writes_total", "System calls that wrote to clients.", flushes);
  using transport::duration_histogram;
  to.histogram("herald_shard_turn_seconds", "How long each shard's turns take, without waiting; the last one is the internal port's.");
  for (const auto* one : from.shards) to.part(std::vector<const duration_histogram*>{&one->turn_times().lengths()}, of_shard(*one));
  to.histogram("herald_shard_lag_seconds", "How late a shard does what it is asked for, four times a second.");
  for (const auto* one : from.shards)
    if (one != from.shards.back()) to.part(std::vector<const duration_histogram*>{&one->turn_times().lags()}, of_shard(*one));
}

void add_process(metric_list& to) {
  to.total("herald_cpu_seconds_total", "CPU that the process has used.", std::chrono::duration<double>{cpu_used()}.count());
  to.gauge("herald_memory_bytes", "Memory of the process that is in RAM.", resident_bytes());
  if (const auto limit = cgroup_memory_limit(read_system_file))
    to.gauge("herald_memory_limit_bytes", "What its cgroup may use; not there without a limit.", *limit);
}

}  // namespace

void add_node(metric_list& to, const metric_sources& from) {
  to.gauge("herald_ready", "1 while /readyz says so.", from.state.why_not_ready().empty() ? 1.0 : 0.0);
  to.gauge("herald_draining", "1 while it drains, or has drained.", from.port.draining ? 1.0 : 0.0);
  add_actors(to, from);
  add_shards(to, from);
  add_process(to);
  to.total("herald_log_lines_lost_total", "Log lines lost because stderr was slower than the node.", log::lost_lines());
  to.total("herald_log_lines_repeated_total", "Log lines that were counted instead of written, as there was one of their event within a second.",
           log::repeated_lines());
  to.gauge("herald_build_info", "1; the version is a label.", {1.0, {{"version", from.version}}});
}

}  // namespace herald::app
