#include "backplane/memory/memory_log.hpp"

namespace herald::backplane {
namespace {

constexpr std::size_t log_overhead_bytes = 512;
constexpr std::size_t entry_overhead_bytes = 128;

/// How long epoch and offset outlive the last entry, in ages of an entry: a client that comes back after a quiet time is
/// told that it missed nothing, instead of having to reload.
constexpr int head_ages = 2;

}  // namespace

memory_log::memory_log(limits with) : limits_(with), random_(std::random_device{}()) {}

cursor memory_log::append(const channel& to, const notification& what, std::int64_t expires_ms) {
  auto& log = open(to);
  log.head = {log.epoch, log.head.offset + 1, tag_of(what.id)};
  log.last_ms = what.time_ms;
  auto& kept = log.entries.emplace_back(log_entry{what, expires_ms});
  kept.what.position = log.head;
  log.bytes += cost(kept);
  bytes_ += cost(kept);
  auto position = log.head;
  trim(log, what.time_ms);
  shrink(to.name());
  return position;
}

std::optional<cursor> memory_log::head(const channel& of) const {
  auto found = logs_.find(of.name());
  return found == logs_.end() ? std::nullopt : std::optional{found->second.head};
}

channel_facts memory_log::look(const channel& of) const {
  channel_facts result;
  const auto found = logs_.find(of.name());
  if (found == logs_.end()) return result;
  result.end = found->second.head;
  result.entries = found->second.entries.size();
  if (result.entries > 0) result.first = found->second.entries.front().what.position->offset;
  return result;
}

log_page memory_log::read(const channel& of, const cursor& after, std::size_t max_bytes, std::int64_t now_ms,
                          shard_stats& counts) const {
  const page_limits page{max_bytes, limits_.max_age};
  const auto found = logs_.find(of.name());
  if (found == logs_.end()) return make_page(of, after, place_in({}, after), {}, {}, now_ms, page, counts);
  const auto state = state_of(found->second, after);
  const auto place = place_in(state, after);
  return make_page(of, after, place, state, entries_after(found->second, place.after, page), now_ms, page, counts);
}

log_state memory_log::state_of(const kept_log& log, const cursor& asked) {
  log_state state;
  state.head = log.head;
  if (log.entries.empty()) return state;
  state.first = log.entries.front().what.position->offset;
  const auto place = asked.offset - state.first;  // huge for what was trimmed
  if (place < log.entries.size()) state.tag = log.entries[place].what.position->tag;
  return state;
}

std::vector<log_entry> memory_log::entries_after(const kept_log& log, std::uint64_t offset, const page_limits& page) const {
  std::vector<log_entry> some;
  if (log.entries.empty()) return some;
  std::size_t bytes = 0;
  for (auto i = offset + 1 - log.entries.front().what.position->offset; i < log.entries.size(); ++i) {
    bytes += log.entries[i].what.data.size();
    if (!some.empty() && (some.size() == page.max_items() || bytes > page.max_bytes)) break;
    some.push_back(log.entries[i]);
  }
  return some;
}

void memory_log::expire(std::int64_t now_ms) {
  for (int i = 0; i < 100 && !by_use_.empty(); ++i) {
    auto& oldest = logs_.find(by_use_.back())->second;
    if (now_ms - oldest.last_ms <= limits_.max_age.count()) return;
    while (!oldest.entries.empty()) drop_first(oldest);
    if (now_ms - oldest.last_ms <= limits_.max_age.count() * head_ages) return;
    drop(by_use_.back());
  }
}

memory_log::kept_log& memory_log::open(const channel& of) {
  auto [found, is_new] = logs_.try_emplace(of.name());
  auto& log = found->second;
  if (is_new) {
    log.epoch = new_epoch(random_());
    log.place = by_use_.insert(by_use_.begin(), of.name());
    bytes_ += log_overhead_bytes;
  } else {
    by_use_.splice(by_use_.begin(), by_use_, log.place);
  }
  return log;
}

void memory_log::drop_first(kept_log& from) {
  auto bytes = cost(from.entries.front());
  from.bytes -= bytes;
  bytes_ -= bytes;
  from.entries.pop_front();
}

void memory_log::drop(const std::string& name) {
  auto found = logs_.find(name);
  bytes_ -= found->second.bytes + log_overhead_bytes;
  by_use_.erase(found->second.place);  // `name` may be its text: not to be used from here on
  logs_.erase(found);
}

void memory_log::trim(kept_log& what, std::int64_t now_ms) {
  auto is_over = [&] {
    return what.entries.size() > limits_.max_entries
           || now_ms - what.entries.front().what.time_ms > limits_.max_age.count();
  };
  while (!what.entries.empty() && is_over()) drop_first(what);
}

void memory_log::shrink(const std::string& keep) {
  while (bytes_ > limits_.max_bytes && by_use_.back() != keep) drop(by_use_.back());
  auto& last = logs_.find(keep)->second;
  while (bytes_ > limits_.max_bytes && !last.entries.empty()) drop_first(last);
}

std::size_t memory_log::cost(const log_entry& what) noexcept {
  return what.what.data.size() + what.what.id.size() + entry_overhead_bytes;
}

}  // namespace herald::backplane
