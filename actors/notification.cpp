#include "actors/notification.hpp"

namespace herald {

batch::batch(channel to, std::vector<notification> items) : to_(std::move(to)), items_(std::move(items)) {
  for (const auto& item : items_) {
    data_bytes_ += item.data.size();
    if (item.trace) [[unlikely]] is_traced_ = is_traced_ || item.trace->is_traced;
  }
}

batch::~batch() {
  for (auto& slot : encodings_)
    if (auto* bytes = slot.load(std::memory_order_relaxed)) intrusive_ptr_release(bytes);
}

std::optional<cursor> batch::last_position() const noexcept {
  for (auto item = items_.rbegin(); item != items_.rend(); ++item)
    if (item->position) return item->position;
  return std::nullopt;
}

std::size_t items_in(const std::vector<batch_ptr>& runs) noexcept {
  std::size_t count = 0;
  for (const auto& run : runs) count += run->items().size();
  return count;
}

batch_ptr part_of(const batch& run, std::size_t from, std::size_t end) {
  const auto first = run.items().begin();
  return caf::make_counted<const batch>(
    run.to(), std::vector<notification>(first + static_cast<std::ptrdiff_t>(from), first + static_cast<std::ptrdiff_t>(end)));
}

shared_bytes_ptr batch::remember(std::size_t slot, shared_bytes_ptr bytes) const {
  const shared_bytes* expected = nullptr;
  intrusive_ptr_add_ref(bytes.get());  // the slot's own reference
  if (encodings_[slot].compare_exchange_strong(expected, bytes.get(), std::memory_order_acq_rel)) return bytes;
  intrusive_ptr_release(bytes.get());  // another shard was first
  return shared_bytes_ptr{expected};
}

}  // namespace herald
