#include "transport/stalled_outboxes.hpp"

#include "actors/log.hpp"
#include "transport/outbox.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace herald::transport {
namespace {

/// A client whose socket has taken nothing for so long does not read; one that is only slow takes something again and again.
constexpr std::chrono::seconds time_to_read{1};

}  // namespace

void stalled_outboxes::add(outbox& what) {
  what.stalled_ = true;
  what.stalled_since_ = std::chrono::steady_clock::now();
  what.stalled_at_ = static_cast<std::uint32_t>(list_.size());
  list_.push_back(&what);
  counts_.outboxes_stalled.store(list_.size());
  changed(0, what.bytes());
}

void stalled_outboxes::remove(outbox& what) noexcept {
  changed(what.bytes(), 0);
  what.stalled_ = false;
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
  const auto long_ago = std::chrono::steady_clock::now() - time_to_read;
  const auto rank = [=](const outbox* x) { return std::pair{x->stalled_since_ < long_ago, x->bytes()}; };
  auto first_to_last = list_;
  std::ranges::sort(first_to_last, std::greater{}, rank);
  std::uint64_t count = 0;
  for (auto* each : first_to_last) {
    if (!is_over()) break;
    each->shed();
    ++count;
  }
  counts_.outboxes_shed.add(count);
  log::limited(log::level::warn, "outboxes_shed", {{"clients", count}, {"budget_bytes", budget_bytes_}});
}

}  // namespace herald::transport
