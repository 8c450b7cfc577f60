#include "app/drain/drain_status.hpp"
#include "app/drain/rebalancer.hpp"
#include "app/metrics/sources.hpp"
#include "app/operator/fleet_stats.hpp"

namespace herald::app {
namespace {

void add_traces(metric_list& to, const metric_sources& from) {
  const auto of = [&](auto member) {
    std::uint64_t result = 0;
    for (auto* one : from.homes) result += (one->traces().counts().*member).get();
    return result;
  };
  to.total("herald_trace_records_total", "Records of traced notifications that were begun: one a shard and channel that each came to.",
           of(&trace_counts::begun));
  to.total("herald_trace_overwritten_total", "Records of traced notifications that made room for others (trace-ring).", of(&trace_counts::overwritten));
  to.total("herald_trace_left_out_total", "Sessions, or steps of theirs, that are only counted: their notification went to too many.",
           of(&trace_counts::left_out));
  to.gauge("herald_trace_bytes", "What is kept of traced notifications, roughly, on all shards.", of(&trace_counts::bytes));
}

void add_departures(metric_list& to, const metric_sources& from) {
  to.total("herald_drain_sessions_cut_total", "Sessions that did not answer the goodbye in time when the node drained.", std::uint64_t{from.drain->cut});
  to.gauge("herald_rebalance_surplus", "Connections that this node has more than it should, with rebalance=true.", from.rebalance->surplus.get());
  to.total("herald_sessions_moved_total", "Sessions that were told to go elsewhere because this node had too many.", from.rebalance->moved.get());
}

void add_fleet(metric_list& to, const metric_sources& from) {
  const auto& fleet = *from.fleet;
  to.gauge("herald_fleet_nodes", "Nodes of the fleet that are heard now, this one included.", fleet.live.get() + 1);
  to.total("herald_fleet_questions_total", "Questions of operators that this node has asked all nodes.", fleet.questions.get());
  to.total("herald_fleet_answers_total", "Questions that this node has answered, its own included.", fleet.answered.get());
  to.total("herald_fleet_unanswered_total", "Nodes that did not answer a question of this one in time.", fleet.unanswered.get());
  to.total("herald_fleet_questions_refused_total", "Questions that were too many to be asked, or to be answered.", fleet.refused.get());
  to.totals("herald_fleet_messages_refused_total",
            "Messages on the nodes' channels that no node would send, or that came while too much waited.",
            {{fleet.bad_messages.get(), {{"reason", "bad"}}}, {std::uint64_t{fleet.lost}, {{"reason", "too_many"}}}});
}

}  // namespace

void add_operators(metric_list& to, const metric_sources& from) {
  if (from.fleet != nullptr) add_fleet(to, from);
  if (from.drain != nullptr) add_departures(to, from);
  add_traces(to, from);
}

}  // namespace herald::app
