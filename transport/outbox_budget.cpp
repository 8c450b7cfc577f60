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
std::size_t outbox_budget::page_bytes(std::size_t most_bytes, std::size_t least_bytes) const noexcept {
  const auto left = allowance();
  for (auto bytes = max_page_bytes; bytes >= std::max(least_bytes, least_page_bytes); bytes /= 2)
    if (bytes <= most_bytes && bytes <= left / 2) return bytes;
  const auto least = std::max(least_bytes, least_page_bytes);
  const bool is_idle = held_bytes_ + kept_bytes_ == 0;  // the smallest of budgets must not stop everything
  return is_idle || least <= left ? least : 0;
}

std::size_t outbox_budget::keep(std::size_t most_bytes, std::size_t least_bytes) noexcept {
  const auto bytes = page_bytes(most_bytes, least_bytes);
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
  if (held_bytes_ > limit_bytes_) shed(now, false, [this] { return held_bytes_ <= limit_bytes_; });
  if (waiting_.empty()) return;
  if (auto& first = waiting_.begin()->second; now - first.since > patience) {
    shed(now, true, [this, &first] { return has_room(first.who->least_bytes_); });
    first.since = now;  // to look for more once a turn would cost everybody
  }
  // No more of them than find room: the others keep their places.
  auto left = allowance();
  while (auto* next = first_waiting_with_room()) {
    const auto needed = std::max<std::size_t>(next->least_bytes_, least_page_bytes);
    next->tell_room();
    if (needed >= left) return;
    left -= needed;
  }
}

outbox* outbox_budget::first_waiting_with_room() const noexcept {
  if (waiting_.empty()) return nullptr;
  auto* first = waiting_.begin()->second.who;
  return has_room(first->least_bytes_) ? first : nullptr;
}

/// Until it is enough. `spares_readers`: only those that have read nothing for a second. Otherwise these first.
template <class IsEnough>
void outbox_budget::shed(clock::time_point now, bool spares_readers, IsEnough is_enough) {
  if (is_enough()) return;
  const auto reads = [=](const outbox* x) { return now - x->stalled_since_ < time_to_read; };
  auto first_to_last = stalled_;
  std::ranges::sort(first_to_last, std::greater{}, [&](const outbox* x) { return std::pair{!reads(x), x->bytes()}; });
  std::uint64_t count = 0;
  for (auto* each : first_to_last) {
    if (is_enough() || (spares_readers && reads(each))) break;
    each->shed();
    ++count;
  }
  if (count == 0) return;
  counts_.outboxes_shed.add(count);
  log::limited(log::level::warn, "outboxes_shed", {{"clients", count}, {"budget_bytes", limit_bytes_}});
}

}  // namespace herald::transport
