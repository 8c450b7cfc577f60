#pragma once

#include "actors/log_page.hpp"
#include "actors/stats.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace herald::transport {

class outbox;

/// What may wait for all clients of a shard together whose sockets take no more, and for the pages of logs that are read for
/// clients that are behind.
///
/// What each of them may hold shrinks as the budget fills: no more than what is left of it, and half of that for a page. So a few
/// slow clients get all that their own limits allow, a thousand share what there is, and none has to be picked out ("dynamic
/// thresholds": Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). Clients that read cost nothing here.
///
/// Who finds no room for a page waits, and is told in turn when others have given some up. If nobody does for a second, clients
/// that have read nothing for as long are ended as slow, the largest first.
/// Thread: its shard.
/// Bound:  the limit. What is queued in spite of it (events, a run that is larger than an outbox may be) can go beyond; the shard
///         then sheds the largest.
class outbox_budget {
public:
  using clock = std::chrono::steady_clock;

  static constexpr std::size_t least_page_bytes = 4 * 1024;

  explicit outbox_budget(shard_stats& counts) noexcept : counts_(counts) {}

  void limit(std::size_t bytes) noexcept { limit_bytes_ = bytes; }

  /// How many bytes an outbox that is stalled may hold now.
  std::size_t allowance() const noexcept { return limit_bytes_ - std::min(limit_bytes_, held_bytes_ + kept_bytes_); }

  // -- outboxes that are stalled ---

  void add(outbox& what);
  void remove(outbox& what) noexcept;

  /// What waits in an outbox that is among these has changed.
  void changed(std::size_t before_bytes, std::size_t now_bytes) noexcept;

  // -- pages that are read ---

  /// Whether there is room for a page, at least for a small one, or one of so much.
  bool has_room(std::size_t least_bytes) const noexcept { return page_bytes(max_page_bytes, least_bytes) > 0; }

  /// Keeps room for a page, of no more than that unless so much is needed: how much it may be. 0: there is none.
  std::size_t keep(std::size_t most_bytes, std::size_t least_bytes) noexcept;
  void give_back(std::size_t bytes) noexcept { kept_bytes_ -= bytes; }

  /// Tells it when there is room again.
  void wait_for_room(outbox& what);
  void forget(outbox& what) noexcept;

  // -- the end of a turn ---

  /// Whether `settle` has something to do.
  bool is_unsettled() const noexcept { return held_bytes_ > limit_bytes_ || !waiting_.empty(); }

  /// Ends clients where that is needed, and tells those that wait of the room there is.
  void settle(clock::time_point now = clock::now());

private:
  struct waiter {
    outbox* who;
    clock::time_point since;
  };

  std::size_t page_bytes(std::size_t most_bytes, std::size_t least_bytes) const noexcept;
  outbox* first_waiting_with_room() const noexcept;
  template <class IsEnough>
  void shed(clock::time_point now, bool spares_readers, IsEnough is_enough);

  shard_stats& counts_;
  std::vector<outbox*> stalled_;
  std::map<std::uint64_t, waiter> waiting_;  ///< By ticket: in the order in which they came.
  std::uint64_t last_ticket_ = 0;
  std::size_t held_bytes_ = 0;               ///< By stalled outboxes.
  std::size_t kept_bytes_ = 0;               ///< For pages.
  std::size_t limit_bytes_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace herald::transport
