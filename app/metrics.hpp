#pragma once

#include "app/metrics/sources.hpp"

#include <string>

namespace herald::app {

/// The node's numbers in Prometheus's text format. Three names are those of the service that herald replaces; all others begin
/// with `herald_`. Each is explained in docs/operations.md (a test insists). Labels are bounded: no user, group or session.
/// Thread: any. A scrape reads this process's counters and asks nobody.
class metrics {
public:
  explicit metrics(metric_sources from) : from_(std::move(from)) {}

  /// Shows these, too, from now on. Before the first `text`.
  void show(const fleet_stats& fleet) { from_.fleet = &fleet; }

  void show(const drain_status& drain, const rebalance_stats& rebalance) { from_.drain = &drain, from_.rebalance = &rebalance; }

  std::string text() const;

  /// How many actors of a kind run now.
  std::uint64_t actors(actor_kind kind) const { return from_.actors(kind); }

private:
  metric_sources from_;
};

}  // namespace herald::app
