#include "backplane/log_reading.hpp"

#include <algorithm>
#include <utility>

namespace herald::backplane {
namespace {

/// A position that nothing is known of but its place.
cursor place_at(const log_state& log, std::uint64_t offset) {
  return offset == log.head->offset ? *log.head : cursor{log.head->epoch, offset, unknown_tag};
}

/// The offset before the first that is kept.
std::uint64_t before_first(const log_state& log) { return log.first != 0 ? log.first - 1 : log.head->offset; }

/// What is known of the entry at the offset asked for.
bool is_other_entry(const log_state& log, const cursor& asked) {
  if (asked.tag == unknown_tag) return false;
  const auto tag = asked.offset == log.head->offset ? log.head->tag : log.tag.value_or(unknown_tag);
  return tag != unknown_tag && tag != asked.tag;
}

/// Where history and what was asked for part, if they do.
log_place last_common(const log_state& log, const cursor& asked) {
  const auto parts_at = [&](std::uint64_t offset, bool is_guess) {
    return log_place{offset, place_at(log, offset), is_guess};
  };
  const auto ended = std::ranges::find(log.ends, asked.epoch, &epoch_end::epoch);
  if (asked.epoch != log.head->epoch && ended == log.ends.end()) return parts_at(before_first(log), false);
  if (asked.epoch != log.head->epoch && asked.offset > ended->offset) return parts_at(ended->offset, false);
  if (asked.offset > log.head->offset && asked.epoch == log.head->epoch && log.is_taken_over)
    return parts_at(log.head->offset, false);
  // Offsets were given anew without a new epoch (no right to ask the server who it is): nobody knows from which one on, but
  // the last one is new for certain.
  if (asked.offset > log.head->offset) return parts_at(log.head->offset - std::min<std::uint64_t>(log.head->offset, 1), true);
  if (is_other_entry(log, asked)) return parts_at(asked.offset - std::min<std::uint64_t>(asked.offset, 1), true);
  return {asked.offset, std::nullopt, false};
}

}  // namespace

log_place place_in(const log_state& log, const cursor& asked) {
  if (!log.head) {
    const bool had_some = asked != log_start && asked != empty_log;
    return {0, had_some ? std::optional{empty_log} : std::nullopt, false};
  }
  if (asked == log_start) return {before_first(log), std::nullopt, false};
  auto place = asked == empty_log ? log_place{} : last_common(log, asked);
  if (place.after >= before_first(log)) return place;
  place.after = before_first(log);  // what is between was trimmed, or has expired
  place.reset = place_at(log, place.after);
  return place;
}

log_page make_page(const channel& of, const cursor& asked, const log_place& place, const log_state& log,
                   std::vector<log_entry> entries, std::int64_t now_ms, const page_limits& limits, shard_stats& counts) {
  log_page page;
  page.reset = place.reset;
  page.is_guess = place.is_guess;
  page.position = !log.head ? empty_log : place_at(log, place.after);
  const auto is_old = [&](const log_entry& x) { return now_ms - x.what.time_ms > limits.max_age.count(); };
  const auto fresh = std::ranges::find_if_not(entries, is_old);
  if (fresh != entries.begin() && asked != log_start) page.reset = std::prev(fresh)->what.position;
  if (!entries.empty()) page.position = *entries.back().what.position;
  std::vector<notification> items;
  for (auto next = fresh; next != entries.end(); ++next) {
    if (next->expires_ms == 0 || next->expires_ms > now_ms)
      items.push_back(std::move(next->what));
    else
      counts.count_dropped(drop_reason::expired);
  }
  if (!items.empty()) page.run = caf::make_counted<const batch>(of, std::move(items));
  page.at_end = !log.head || page.position.offset >= log.head->offset;
  return page;
}

}  // namespace herald::backplane
