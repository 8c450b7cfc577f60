#pragma once

#include "actors/trace_ring.hpp"
#include "backplane/feed_table.hpp"
#include "backplane/ingress.hpp"

#include <vector>

namespace herald::backplane {

/// Joins what comes together into runs, per channel in the order it came, and sends them to the directories.
/// Thread: the bridge's.   Bound: what is collected between two flushes, which the bridge bounds (a read, a turn).
class run_collector {
public:
  /// `traces`: its home's.
  run_collector(ingress& counted, trace_ring& traces) : counted_(counted), traces_(traces) {}

  /// `to` has to stay where it is until the next `flush()`.
  void add(feed& to, notification what);

  /// Sends everything that waits. Before a subscription's state changes, too: its messages come before the change.
  void flush();

  /// Drops what waits, without sending it.
  void clear();

private:
  void send(feed& to);

  ingress& counted_;
  trace_ring& traces_;
  std::vector<feed*> touched_;
};

}  // namespace herald::backplane
