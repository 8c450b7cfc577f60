#include "actors/catch_up.hpp"

#include <utility>

namespace herald {

void catch_up::begin_read() noexcept {
  reading_ = true;
  lacks_some_ = false;
  held_.clear();
  held_bytes_ = 0;
}

void catch_up::end_read() noexcept {
  begin_read();
  reading_ = false;
}

std::size_t catch_up::hold(batch_ptr run) {
  const auto count = run->items().size();
  note_reissued(*run);
  if (!reading_) return count;  // the read to come is later than this
  if (lacks_some_ || held_.size() == max_held_runs || held_bytes_ + run->data_bytes() > max_held_bytes)
    return count + interrupt();
  held_bytes_ += run->data_bytes();
  held_.push_back(std::move(run));
  return 0;
}

void catch_up::note_reissued(const batch& run) noexcept {
  for (const auto& item : run.items()) {
    const auto& at = *item.position;
    if (at.epoch == position_.epoch && at.offset <= position_.offset && (!reissued_ || at.offset < reissued_->offset))
      reissued_ = at;
  }
}

std::size_t catch_up::interrupt() noexcept {
  const auto let_go = items_in(held_);
  lacks_some_ = true;
  held_.clear();
  held_bytes_ = 0;
  return let_go;
}

catch_up::step catch_up::on_page(const log_page& page) {
  step out;
  if (page.is_guess && reissued_ && reissued_->offset <= page.reset->offset) {
    // What came live knows better: from there on everything is new.
    out.reset = position_ = {reissued_->epoch, reissued_->offset - 1, unknown_tag};
    out.repeated = items_in(held_);
    end_read();
    return out;
  }
  out.reset = page.reset;
  if (page.run) out.runs.push_back(page.run);
  position_ = page.position;
  if (page.at_end && !lacks_some_)
    add_held(out);
  else
    out.repeated = items_in(held_);  // a later page has them
  end_read();
  return out;
}

void catch_up::add_held(step& to) {
  to.is_live = true;
  for (const auto& run : held_)
    if (to.is_live)
      to.is_live = take(run, to);
    else
      to.repeated += run->items().size();
}

/// Whether everything up to the run's end was passed on. If not, something is missing before it, or it is of another epoch:
/// the log knows.
bool catch_up::take(const batch_ptr& run, step& to) {
  const auto& items = run->items();
  const auto is_old = [this](const notification& x) {
    return is_same_log(*x.position, position_) && !is_after(*x.position, position_);
  };
  std::size_t from = 0;
  while (from < items.size() && is_old(items[from])) ++from;
  auto end = from;
  for (; end < items.size() && is_next(*items[end].position, position_); ++end) position_ = *items[end].position;
  if (end > from) to.runs.push_back(end - from == items.size() ? run : part_of(*run, from, end));
  to.repeated += items.size() - (end - from);
  return end == items.size();
}

}  // namespace herald
