#pragma once

#include "actors/stats.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace herald::transport {

class outbox;

/// The outboxes of a shard whose sockets take no more, and what waits in them together.
///
/// What each of them may hold shrinks as the budget fills: no more than what is left of it. So a few slow clients get all that
/// their own limits allow, a thousand share what there is, and none has to be picked out ("dynamic thresholds": Choudhury and
/// Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). Clients that read cost nothing here.
/// Thread: its shard.
/// Bound:  the budget. What is queued in spite of limits (events, a run that is larger than they are) can go beyond; the shard
///         then sheds the largest.
class stalled_outboxes {
public:
  explicit stalled_outboxes(shard_stats& counts) noexcept : counts_(counts) {}

  void budget(std::size_t bytes) noexcept { budget_bytes_ = bytes; }

  /// How many bytes an outbox that is stalled may hold now.
  std::size_t allowance() const noexcept { return budget_bytes_ - std::min(budget_bytes_, held_bytes_); }

  void add(outbox& what);
  void remove(outbox& what) noexcept;

  /// What waits in an outbox that is among these has changed.
  void changed(std::size_t before_bytes, std::size_t now_bytes) noexcept;

  bool is_over() const noexcept { return held_bytes_ > budget_bytes_; }

  /// Ends clients as slow, until what is left is within the budget: first those that have read nothing for a second, the largest first.
  void shed();

private:
  shard_stats& counts_;
  std::vector<outbox*> list_;
  std::size_t held_bytes_ = 0;
  std::size_t budget_bytes_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace herald::transport
