#include "backplane/log_reading.hpp"

#include <algorithm>
#include <utility>

namespace herald::backplane {
namespace {

/// A position in an epoch that nothing is known of but its place.
cursor place_at(const log_state& log, std::uint64_t epoch, std::uint64_t offset) {
  return epoch == log.head->epoch && offset == log.head->offset ? *log.head : cursor{epoch, offset, unknown_tag};
}

/// The epoch that came after one that has ended.
std::uint64_t epoch_after(const log_state& log, std::vector<epoch_end>::const_iterator ended) {
  const auto next = std::next(ended);
  return next == log.ends.end() ? log.head->epoch : next->epoch;
}

/// The offset before the first that is kept.
std::uint64_t before_first(const log_state& log) { return log.first != 0 ? log.first - 1 : log.head->offset; }

/// The epoch that what follows this offset was written in.
std::uint64_t epoch_at(const log_state& log, std::uint64_t offset) {
  const auto ended = std::ranges::find_if(log.ends, [=](const epoch_end& x) { return offset < x.offset; });
  return ended == log.ends.end() ? log.head->epoch : ended->epoch;
}

/// What is known of the entry at the offset asked for.
bool is_other_entry(const log_state& log, const cursor& asked) {
  if (asked.tag == unknown_tag) return false;
  const auto tag = asked.offset == log.head->offset ? log.head->tag : log.tag.value_or(unknown_tag);
  return tag != unknown_tag && tag != asked.tag;
}

/// Until where an epoch of this log that this server never knew can have been the same as what is here: it counts the
/// takeovers, and began when the epoch before it had ended.
std::uint64_t end_before(const log_state& log, std::uint64_t epoch) {
  const auto takeovers = [](std::uint64_t x) { return x >> fork_shift; };
  if (takeovers(log.head->epoch) < takeovers(epoch)) return log.head->offset;
  const auto later = std::ranges::find_if(log.ends, [&](const epoch_end& x) { return takeovers(x.epoch) >= takeovers(epoch); });
  return later == log.ends.begin() ? before_first(log) : std::prev(later)->offset;
}

/// Where history and what was asked for part, if they do.
log_place last_common(const log_state& log, const cursor& asked) {
  const auto parts_at = [&](std::uint64_t epoch, std::uint64_t offset) {
    return log_place{offset, place_at(log, epoch, offset), false, std::nullopt};
  };
  const auto guess_before = [&](std::uint64_t offset) {
    offset -= std::min<std::uint64_t>(offset, 1);
    return log_place{offset, place_at(log, epoch_at(log, offset), offset), true, std::nullopt};
  };
  const auto head = *log.head;
  const auto ended = std::ranges::find(log.ends, asked.epoch, &epoch_end::epoch);
  if (asked.epoch != head.epoch) {
    if (ended == log.ends.end()) {
      // Of another log, everything here is new. Of this one, but of a server that this one never knew (two took over one
      // after the other): what was here before that one began, up to that offset, was passed on by then, as far as anybody can tell.
      const auto common = is_same_log(asked, head) ? std::min(asked.offset, end_before(log, asked.epoch)) : before_first(log);
      return parts_at(epoch_at(log, common), common);
    }
    if (asked.offset > ended->offset) return parts_at(epoch_after(log, ended), ended->offset);
  } else if (asked.offset > head.offset && log.is_taken_over) {
    return parts_at(head.epoch, head.offset);
  }
  // Offsets were given anew without a new epoch (no right to ask the server who it is): nobody knows from which one on, but
  // the last one is new for certain.
  if (asked.offset > head.offset) return guess_before(head.offset);
  if (is_other_entry(log, asked)) return guess_before(asked.offset);
  return {asked.offset, std::nullopt, false, std::nullopt};
}

/// Stops where something that was accepted is lost, and says so when it is reached.
void respect_losses(const log_state& log, std::uint64_t epoch, log_place& place) {
  for (auto end = log.ends.begin(); end != log.ends.end(); ++end) {
    const bool is_same = is_same_log({epoch, 0, 0}, {end->epoch, 0, 0});
    const bool is_ahead = epoch == 0 || (is_same && end->epoch >> fork_shift >= epoch >> fork_shift);
    if (!end->lost_some || !is_ahead || end->offset < place.after) continue;
    if (end->offset > place.after) {
      place.end = end->offset;
      return;
    }
    epoch = epoch_after(log, end);
    place.reset = place_at(log, epoch, place.after);
  }
}

}  // namespace

log_place place_in(const log_state& log, const cursor& asked) {
  if (!log.head) {
    const bool had_some = asked != log_start && asked != empty_log;
    return {0, had_some ? std::optional{asked} : std::nullopt, false, std::nullopt};
  }
  auto place = asked == log_start || asked == empty_log ? log_place{} : last_common(log, asked);
  if (place.after < before_first(log)) {
    place.after = before_first(log);  // what is between was trimmed, or has expired
    if (asked != log_start) place.reset = place_at(log, epoch_at(log, place.after), place.after);
  }
  // From the log's start nothing before it can be missed; from an empty log's end (epoch 0), everything since.
  const auto epoch = asked == log_start ? epoch_at(log, place.after) : asked.epoch;
  respect_losses(log, place.reset ? place.reset->epoch : epoch, place);
  return place;
}

log_page make_page(const channel& of, const cursor& asked, const log_place& place, const log_state& log,
                   std::vector<log_entry> entries, std::int64_t now_ms, const page_limits& limits, shard_stats& counts) {
  log_page page;
  page.reset = place.reset;
  page.is_guess = place.is_guess;
  page.losses = log.losses;
  // Where no log is left, the position stays: should the log be found again, it counts.
  page.position = place.reset.value_or(log.head ? cursor{asked.epoch, place.after, unknown_tag} : empty_log);
  if (log.head && place.after == log.head->offset && !place.end) page.position = *log.head;
  if (place.end) std::erase_if(entries, [&](const log_entry& x) { return x.what.position->offset > *place.end; });
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
  page.at_end = !log.head || (!place.end && page.position.offset >= log.head->offset);
  return page;
}

}  // namespace herald::backplane
