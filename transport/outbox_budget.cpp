#include "transport/outbox_budget.hpp"

#include "actors/log.hpp"
#include "transport/outbox.hpp"

#include <functional>
#include <utility>

namespace herald::transport {
namespace {

/// A client whose socket has taken nothing for so long does not read; one that is only slow takes something again and again.
constexpr std::chrono::seconds time_to_read{1};
/// Who waits for room for longer gets it at the expense of those.
constexpr std::chrono::seconds patience{1};
/// What is to be free then: a part of the budget.
constexpr std::size_t part_to_free = 8;

}  // namespace

// -- outboxes that are stalled ------------------------------------------------

void outbox_budget::add(outbox& what) {
  what.stalled_ = true;
  what.stalled_since_ = clock::now();
  what.stalled_at_ = static_cast<std::uint32_t>(stalled_.size());
  stalled_.push_back(&what);
  counts_.outboxes_stalled.store(stalled_.size());
  changed(0, what.bytes());
}

void outbox_budget::remove(outbox& what) noexcept {
  changed(what.bytes(), 0);
  what.stalled_ = false;
  stalled_[what.stalled_at_] = stalled_.back();
  stalled_[what.stalled_at_]->stalled_at_ = what.stalled_at_;
  stalled_.pop_back();
  counts_.outboxes_stalled.store(stalled_.size());
}

void outbox_budget::changed(std::size_t before_bytes, std::size_t now_bytes) noexcept {
  held_bytes_ += now_bytes - before_bytes;
  counts_.outbox_stalled_bytes.store(held_bytes_);
}

// -- pages that are read ------------------------------------------------------

/// The largest that half of what is left has room for. Few sizes, so that equal questions to the log are seen to be equal.
std::size_t outbox_budget::page_bytes(std::size_t most_bytes) const noexcept {
  for (auto bytes = max_page_bytes; bytes >= least_page_bytes; bytes /= 2)
    if (bytes <= most_bytes && bytes <= allowance() / 2) return bytes;
  return held_bytes_ + kept_bytes_ == 0 ? least_page_bytes : 0;  // the smallest of budgets must not stop everything
}

std::size_t outbox_budget::keep(std::size_t most_bytes) noexcept {
  const auto bytes = page_bytes(most_bytes);
  kept_bytes_ += bytes;
  return bytes;
}

void outbox_budget::wait_for_room(outbox& what) {
  if (what.ticket_ != 0) return;
  what.ticket_ = ++last_ticket_;
  waiting_.emplace(what.ticket_, waiter{&what, clock::now()});
}

void outbox_budget::forget(outbox& what) noexcept {
  if (what.ticket_ != 0) waiting_.erase(std::exchange(what.ticket_, 0));
}

// -- the end of a turn --------------------------------------------------------

void outbox_budget::settle(clock::time_point now) {
  if (held_bytes_ > limit_bytes_) shed(limit_bytes_, now, false);
  if (waiting_.empty()) return;
  if (!has_room() && now - waiting_.begin()->second.since > patience) shed(limit_bytes_ - limit_bytes_ / part_to_free, now, true);
  // No more of them than find room: the others keep their places.
  const auto pages = std::max<std::size_t>(1, allowance() / 2 / least_page_bytes);
  for (std::size_t i = 0; i < pages && has_room() && !waiting_.empty(); ++i) waiting_.begin()->second.who->tell_room();
}

/// `spares_readers`: only those that have read nothing for a second. Otherwise these first.
void outbox_budget::shed(std::size_t down_to_bytes, clock::time_point now, bool spares_readers) {
  const auto reads = [=](const outbox* x) { return now - x->stalled_since_ < time_to_read; };
  auto first_to_last = stalled_;
  std::ranges::sort(first_to_last, std::greater{}, [&](const outbox* x) { return std::pair{!reads(x), x->bytes()}; });
  std::uint64_t count = 0;
  for (auto* each : first_to_last) {
    if (held_bytes_ <= down_to_bytes || (spares_readers && reads(each))) break;
    each->shed();
    ++count;
  }
  if (count == 0) return;
  counts_.outboxes_shed.add(count);
  log::limited(log::level::warn, "outboxes_shed", {{"clients", count}, {"budget_bytes", limit_bytes_}});
}

}  // namespace herald::transport
