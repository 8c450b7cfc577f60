#include "app/metrics/sources.hpp"

namespace herald::app {
namespace {

void add_latency(metric_list& to, const metric_sources& from) {
  std::vector<const latency_meter::times*> all;
  std::uint64_t ahead = 0;
  for (auto* one : from.homes) {
    all.push_back(&one->latencies().taken());
    ahead += one->latencies().ahead();
  }
  to.histogram("herald_delivery_seconds",
               "From a notification's acceptance, by the clock of the node that took it, until this one has written it to a client's socket: live "
               "deliveries, not what clients read from the log.");
  to.part(all);
  to.total("herald_delivery_clock_ahead_total", "Of these, deliveries that were accepted in this node's future: clocks differ.", ahead);
}

}  // namespace

void add_ledger(metric_list& to, const metric_sources& from) {
  to.total("herald_received_total", "Notifications that came from the backplane.", from.sum(&shard_stats::received));
  to.total("herald_delivered_total", "Notifications put into an outbox, a session each.", from.sum(&shard_stats::delivered));
  to.total("herald_deduplicated_total", "Notifications that came twice, live and from the log, and were sent once.", from.sum(&shard_stats::deduplicated));
  to.total("herald_nobody_here_total", "Notifications for which there was no session where one was looked for.", from.sum(&shard_stats::nobody_here));
  std::vector<metric_sample> dropped;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    const auto why = static_cast<drop_reason>(i);
    dropped.push_back({from.sum([=](shard_stats& x) -> counter& { return x.drop(why); }), {{"reason", std::string{to_string(why)}}}});
  }
  to.totals("herald_dropped_total", "Notifications that were dropped, and why.", dropped);
  // Last, so that what is counted meanwhile makes it larger, never smaller, than the rest: it is counted first.
  to.total("herald_due_total",
           "The ledger's left side: notifications for sessions, a session each, and those that ended before they came to sessions. Equals "
           "delivered + deduplicated + dropped + nobody_here when nothing is on its way.",
           from.sum(&shard_stats::due));
  to.total("herald_sent_bytes_total", "Bytes written to clients.", from.sum(&shard_stats::delivered_bytes));
  to.totals("herald_publishes_total", "Publishes through this node, a channel each.",
            {{from.sum(&shard_stats::publishes_accepted), {{"outcome", "accepted"}}}, {from.sum(&shard_stats::publishes_refused), {{"outcome", "refused"}}}});
  add_latency(to, from);
}

}  // namespace herald::app
