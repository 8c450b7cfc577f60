#include "actors/trace_ring.hpp"

#include "actors/unix_time.hpp"

#include <algorithm>

namespace herald {
namespace {

/// What containers and allocators take besides.
constexpr std::size_t record_overhead_bytes = 192;
constexpr std::size_t row_overhead_bytes = 64;

std::size_t cost(const trace_row& what) noexcept {
  return sizeof what + row_overhead_bytes + what.session.size() + what.user.size() + what.device.size() + what.address.size();
}

std::size_t cost(const trace_record& what) noexcept {
  auto bytes = sizeof what + record_overhead_bytes + what.id.size() + what.to.name().size() + what.traceparent.size() + what.why.size();
  for (const auto& row : what.rows) bytes += cost(row);
  return bytes;
}

template <class F>
void for_each_traced(const batch& run, F f) {
  for (const auto& item : run.items())
    if (item.trace && item.trace->is_traced) f(trace_subject_of(run.to(), item));
}

/// What a step makes of a session's last word; nothing if that stays.
std::optional<last_word> word_after(session_step step, last_word now) noexcept {
  const bool has_it = now == last_word::written || now == last_word::acknowledged;
  const bool waits_for_it = now == last_word::opening || now == last_word::catching_up;
  switch (step) {
    case session_step::kept: return last_word::opening;
    case session_step::acknowledged: return last_word::acknowledged;
    case session_step::written: return now == last_word::acknowledged ? now : last_word::written;
    case session_step::queued: return last_word::waiting;
    case session_step::read: break;
    // A second copy of what is on its way already changes nothing.
    case session_step::behind:
      if (waits_for_it) return last_word::catching_up;
      break;
    case session_step::deduplicated:
      if (waits_for_it) return last_word::deduplicated;
      break;
    case session_step::dropped:
    case session_step::lost:
      if (!has_it) return last_word::dropped;
      break;
  }
  return std::nullopt;
}

/// What a session that has no row yet would be said to be.
last_word first_word(session_step step) noexcept { return word_after(step, last_word::opening).value_or(last_word::opening); }

void apply(trace_row& to, session_step step, std::string_view why, std::int64_t now_us) noexcept {
  auto& at = to.at_us[static_cast<std::size_t>(step)];
  if (at == 0) at = now_us;
  const auto word = word_after(step, to.word);
  if (!word) return;
  to.word = *word;
  if (!why.empty()) to.why = why;
}

}  // namespace

trace_subject trace_subject_of(const channel& to, const notification& what) noexcept {
  const auto& with = *what.trace;
  return {with.id.empty() ? std::string_view{what.id} : std::string_view{with.id}, to, what.time_ms, what.position, what.data.size(),
          with.traceparent};
}

// -- records ------------------------------------------------------------------

/// Null where nothing is written down.
trace_record* trace_ring::open(const trace_subject& what) {
  if (limit_bytes_ == 0) return nullptr;
  if (last_ == nullptr || last_->id != what.id || last_->to != what.to) {
    const auto known = by_name_.find(name{what.id, what.to.name()});
    if (known != by_name_.end()) {
      last_ = &*known->second;
    } else {
      auto& made = records_.emplace_back();
      made.id = what.id;
      made.to = what.to;
      made.number = ++numbers_;
      by_name_.emplace(name{made.id, made.to.name()}, std::prev(records_.end()));
      counts_.begun.add();
      count_bytes(bytes_ + cost(made));
      last_ = &made;
    }
    fill(*last_, what);
    shrink(last_);
  }
  if (what.position) last_->position = what.position;
  return last_;
}

/// Those who ask to publish know less than those who receive.
void trace_ring::fill(trace_record& into, const trace_subject& what) {
  if (what.time_ms != 0) into.time_ms = what.time_ms;
  if (what.data_bytes != 0) into.data_bytes = what.data_bytes;
  if (what.traceparent.empty() || !into.traceparent.empty()) return;
  into.traceparent = what.traceparent;
  count_bytes(bytes_ + into.traceparent.size());
}

void trace_ring::shrink(const trace_record* keep) {
  while (bytes_ > limit_bytes_ && records_.size() > 1) {
    auto oldest = records_.begin();
    if (&*oldest == keep) ++oldest;
    drop(oldest);
  }
}

void trace_ring::drop(record_list::iterator which) {
  forgotten_until_ms_ = std::max(forgotten_until_ms_, which->time_ms);
  counts_.overwritten.add();
  count_bytes(bytes_ - std::min(bytes_, cost(*which)));
  if (last_ == &*which) last_ = nullptr;
  by_name_.erase(name{which->id, which->to.name()});
  records_.erase(which);
}

void trace_ring::count_bytes(std::size_t bytes) noexcept {
  bytes_ = bytes;
  counts_.bytes.store(bytes);
}

// -- on the way ---------------------------------------------------------------

void trace_ring::note(const trace_subject& what, trace_step step, std::uint64_t amount, std::string_view why) {
  auto* in = open(what);
  if (in == nullptr) return;
  const auto now = unix_us();
  auto& times = in->steps[static_cast<std::size_t>(step)];
  if (times.times++ == 0) times.first_us = now;
  times.last_us = now;
  times.amount += amount;
  if (why.empty() || !in->why.empty()) return;
  in->why = why;
  count_bytes(bytes_ + why.size());
}

void trace_ring::note(const batch& run, trace_step step, std::uint64_t amount) {
  for_each_traced(run, [&](const trace_subject& what) { note(what, step, amount); });
}

// -- at a session -------------------------------------------------------------

void trace_ring::note(const batch& run, const traced_session& who, session_step step, std::string_view why) {
  const auto now = unix_us();
  for_each_traced(run, [&](const trace_subject& what) {
    if (auto* in = open(what)) note(*in, who, step, why, now);
  });
}

void trace_ring::note(trace_record& in, const traced_session& who, session_step step, std::string_view why, std::int64_t now_us) {
  if (auto* row = row_of(in, who, first_word(step))) return apply(*row, step, why, now_us);
  ++in.others[static_cast<std::size_t>(step)];
  counts_.left_out.add();
}

/// The session's row; a new one if there is room, or one that tells less makes room. Else null.
trace_row* trace_ring::row_of(trace_record& in, const traced_session& who, last_word tells_of) {
  const auto known = std::ranges::find(in.rows, who.key, &trace_row::key);
  if (known != in.rows.end()) return &*known;
  trace_row made{who.key, std::string{who.id}, std::string{who.user}, std::string{who.device}, std::string{who.address}, last_word::opening, {}, {}};
  if (in.rows.size() < trace_record::max_rows) {
    count_bytes(bytes_ + cost(made));
    in.rows.push_back(std::move(made));
    shrink(&in);
    return &in.rows.back();
  }
  const auto least = std::ranges::find_if(in.rows, [&](const trace_row& x) { return tells(x.word) < tells(tells_of); });
  if (least == in.rows.end()) return nullptr;
  for (std::size_t step = 0; step < session_steps; ++step)
    if (least->at_us[step] != 0) ++in.others[step];
  counts_.left_out.add();
  count_bytes(bytes_ + cost(made) - cost(*least));
  *least = std::move(made);
  return &*least;
}

std::vector<std::uint64_t> trace_ring::numbers_of(const batch& run) {
  std::vector<std::uint64_t> result;
  for_each_traced(run, [&](const trace_subject& what) {
    if (const auto* in = open(what)) result.push_back(in->number);
  });
  return result;
}

void trace_ring::written(const std::vector<std::uint64_t>& numbers, std::uint64_t key) {
  const auto now = unix_us();
  for (const auto number : numbers) {
    // It is among the last ones, mostly.
    const auto found = std::find_if(records_.rbegin(), records_.rend(), [&](const trace_record& x) { return x.number <= number; });
    if (found == records_.rend() || found->number != number) continue;  // overwritten
    const auto row = std::ranges::find(found->rows, key, &trace_row::key);
    if (row != found->rows.end()) {
      apply(*row, session_step::written, {}, now);
    } else {
      ++found->others[static_cast<std::size_t>(session_step::written)];
      counts_.left_out.add();
    }
  }
}

void trace_ring::acknowledged(std::uint64_t key, const channel& on, const cursor& up_to) {
  const auto now = unix_us();
  for (auto& record : records_) {
    if (record.to != on || !record.position || !is_same_log(*record.position, up_to) || is_after(*record.position, up_to)) continue;
    const auto row = std::ranges::find(record.rows, key, &trace_row::key);
    if (row != record.rows.end()) apply(*row, session_step::acknowledged, {}, now);
  }
}

void trace_ring::passed(std::uint64_t key, const channel& on, const cursor& from, const cursor& to, std::string_view why) {
  const auto is_up_to = [](const cursor& x, const cursor& end) { return is_same_log(x, end) && !is_after(x, end); };
  const auto now = unix_us();
  for (auto& record : records_) {
    if (record.to != on || !record.position) continue;
    const auto row = std::ranges::find(record.rows, key, &trace_row::key);
    if (row == record.rows.end() || row->word != last_word::catching_up) continue;
    if (is_up_to(*record.position, from))
      apply(*row, session_step::deduplicated, "had_it", now);
    else if (is_up_to(*record.position, to))
      apply(*row, session_step::dropped, why, now);
  }
}

void trace_ring::left(std::uint64_t key, std::string_view why, const channel* only) {
  const auto now = unix_us();
  for (auto& record : records_) {
    if (only != nullptr && record.to != *only) continue;
    const auto row = std::ranges::find(record.rows, key, &trace_row::key);
    if (row == record.rows.end()) continue;
    if (row->word == last_word::waiting && only == nullptr) apply(*row, session_step::lost, why, now);
    if (row->word == last_word::opening || row->word == last_word::catching_up) apply(*row, session_step::dropped, why, now);
  }
}

// -- for operators ------------------------------------------------------------

trace_facts trace_ring::find(std::string_view id) const {
  trace_facts result;
  result.forgotten_until_ms = forgotten_until_ms_;
  for (auto one = by_name_.lower_bound(name{id, {}}); one != by_name_.end() && one->first.first == id; ++one)
    result.records.push_back(*one->second);
  return result;
}

}  // namespace herald
