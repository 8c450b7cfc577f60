#include "app/metrics/sources.hpp"

namespace herald::app {

void add_slow_clients(metric_list& to, const metric_sources& from) {
  to.total("herald_log_pages_total", "Pages of the log that were read for sessions that catch up.", from.sum(&shard_stats::pages));
  to.total("herald_resets_total", "How often a client was told that messages are gone for good.", from.sum(&shard_stats::resets));
  to.total("herald_slow_sessions_total", "How often a session left a live stream because its client was too slow.", from.sum(&shard_stats::fell_behind));
  to.gauge("herald_outboxes_stalled", "Clients whose sockets take no more now.", from.sum(&shard_stats::outboxes_stalled));
  to.gauge("herald_outbox_stalled_bytes", "What waits for them together.", from.sum(&shard_stats::outbox_stalled_bytes));
  to.gauge("herald_outbox_budget_bytes", "How much that may be (outbox-budget).", from.limits.outbox_budget);
  to.total("herald_outboxes_shed_total", "Clients closed as slow because outbox-budget was exceeded.", from.sum(&shard_stats::outboxes_shed));
}

}  // namespace herald::app
