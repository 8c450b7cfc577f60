#include "transport/stalled_outboxes.hpp"

#include "actors/log.hpp"
#include "transport/outbox.hpp"

#include <cstdint>
#include <functional>

namespace herald::transport {

void stalled_outboxes::add(outbox& what) {
  what.stalled_at_ = static_cast<std::uint32_t>(list_.size());
  list_.push_back(&what);
  counts_.outboxes_stalled.store(list_.size());
  changed(0, what.bytes());
}

void stalled_outboxes::remove(outbox& what) noexcept {
  changed(what.bytes(), 0);
  list_[what.stalled_at_] = list_.back();
  list_[what.stalled_at_]->stalled_at_ = what.stalled_at_;
  list_.pop_back();
  counts_.outboxes_stalled.store(list_.size());
}

void stalled_outboxes::changed(std::size_t before_bytes, std::size_t now_bytes) noexcept {
  held_bytes_ += now_bytes - before_bytes;
  counts_.outbox_stalled_bytes.store(held_bytes_);
}

void stalled_outboxes::shed() {
  auto largest_first = list_;
  std::ranges::sort(largest_first, std::greater{}, [](const outbox* x) { return x->bytes(); });
  std::uint64_t count = 0;
  for (auto* each : largest_first) {
    if (held_bytes_ <= budget_bytes_ / 4 * 3) break;
    each->shed();
    ++count;
  }
  counts_.outboxes_shed.add(count);
  log::limited(log::level::warn, "outboxes_shed", {{"clients", count}, {"budget_bytes", budget_bytes_}});
}

}  // namespace herald::transport
