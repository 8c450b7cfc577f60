#include "app/operator/trace_api.hpp"

#include "transport/protocol/json_writer.hpp"

#include <algorithm>
#include <array>
#include <vector>

/// What one node says of a notification.
namespace herald::app {
namespace {

using transport::json::writer;

constexpr std::size_t max_records = 50;
constexpr std::size_t max_sessions = 200;
constexpr double us_per_ms = 1000;

/// How many sessions each word is to be said of.
using word_counts = std::array<std::uint64_t, last_words>;

struct place {
  std::size_t shard;
  const trace_record* record;
};

struct session_place {
  place at;
  const trace_row* row;
};

std::string name_of(const channel& to) {
  if (to.kind() == channel_kind::broadcast) return "broadcast";
  return (to.kind() == channel_kind::user ? "user:" : "group:") + std::string{to.id()};
}

std::uint64_t less(std::uint64_t a, std::uint64_t b) noexcept { return a - std::min(a, b); }

std::uint64_t& count(word_counts& in, last_word what) noexcept { return in[static_cast<std::size_t>(what)]; }

/// Of those that have no row only how many came to each step is known.
word_counts words_of_others(const trace_record& in) {
  const auto n = [&](session_step what) { return in.other(what); };
  word_counts result{};
  count(result, last_word::acknowledged) = n(session_step::acknowledged);
  count(result, last_word::written) = less(n(session_step::written), n(session_step::acknowledged));
  count(result, last_word::waiting) = less(n(session_step::queued), n(session_step::written) + n(session_step::lost));
  count(result, last_word::dropped) = n(session_step::dropped) + n(session_step::lost);
  count(result, last_word::deduplicated) = n(session_step::deduplicated);
  count(result, last_word::catching_up) = less(n(session_step::behind), n(session_step::read) + n(session_step::dropped));
  return result;
}

/// When, and how long after it was published: by different clocks, where that was on another node.
void write_when(writer& out, std::int64_t at_us, const trace_record& in) {
  out.key("at").time(at_us / 1000);
  out.member("after_ms", static_cast<double>(at_us) / us_per_ms - static_cast<double>(in.time_ms));
}

void write_step(writer& out, const place& in, trace_step which) {
  const auto& times = in.record->at(which);
  out.begin_object().member("step", to_string(which)).member("to", name_of(in.record->to));
  out.member("shard", static_cast<std::uint64_t>(in.shard));
  write_when(out, times.first_us, *in.record);
  if (times.times > 1) {
    out.member("times", times.times);
    out.member("until_after_ms", static_cast<double>(times.last_us) / us_per_ms - static_cast<double>(in.record->time_ms));
  }
  if (which == trace_step::bridge) out.member("directories", times.amount);
  if (which == trace_step::directory) out.member("routers", times.amount);
  if (which == trace_step::router) out.member("sessions", times.amount);
  if ((which == trace_step::refused || which == trace_step::dropped) && !in.record->why.empty()) out.member("why", in.record->why);
  out.end_object();
}

void write_steps(writer& out, const std::vector<place>& records) {
  struct one {
    const place* in;
    trace_step which;
  };
  std::vector<one> all;
  for (const auto& in : records)
    for (std::size_t i = 0; i < trace_steps; ++i)
      if (in.record->steps[i].times > 0) all.push_back({&in, static_cast<trace_step>(i)});
  std::ranges::stable_sort(all, {}, [](const one& x) { return x.in->record->at(x.which).first_us; });
  out.key("steps").begin_array();
  for (const auto& each : all) write_step(out, *each.in, each.which);
  out.end_array();
}

void write_session(writer& out, const session_place& what) {
  const auto& row = *what.row;
  out.begin_object().member("id", row.session).member("to", name_of(what.at.record->to)).member("user", row.user);
  if (!row.device.empty()) out.member("device", row.device);
  out.member("address", row.address).member("shard", static_cast<std::uint64_t>(what.at.shard));
  out.member("last_word", to_string(row.word));
  if (!row.why.empty()) out.member("why", row.why);
  std::vector<session_step> steps;
  for (std::size_t i = 0; i < session_steps; ++i)
    if (row.at_us[i] != 0) steps.push_back(static_cast<session_step>(i));
  const auto at = [&](session_step x) { return row.at_us[static_cast<std::size_t>(x)]; };
  std::ranges::stable_sort(steps, {}, at);
  out.key("steps").begin_array();
  for (const auto step : steps) {
    out.begin_object().member("step", to_string(step));
    write_when(out, at(step), *what.at.record);
    out.end_object();
  }
  out.end_array().end_object();
}

/// Those that tell most first. How many of the rows are shown.
std::size_t write_sessions(writer& out, const std::vector<place>& records) {
  std::vector<session_place> all;
  for (const auto& in : records)
    for (const auto& row : in.record->rows) all.push_back({in, &row});
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const session_place& x) { return tells(x.row->word); });
  const auto shown = std::min(all.size(), max_sessions);
  out.key("sessions").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write_session(out, all[i]);
  out.end_array();
  return shown;
}

word_counts all_words(const std::vector<place>& records) {
  word_counts result{};
  for (const auto& in : records) {
    for (const auto& row : in.record->rows) ++count(result, row.word);
    const auto others = words_of_others(*in.record);
    for (std::size_t i = 0; i < last_words; ++i) result[i] += others[i];
  }
  return result;
}

std::uint64_t sum(const word_counts& of) {
  std::uint64_t result = 0;
  for (const auto n : of) result += n;
  return result;
}

void write_words(writer& out, const word_counts& words) {
  out.key("words").begin_object();
  for (std::size_t i = 0; i < last_words; ++i)
    if (words[i] > 0) out.member(to_string(static_cast<last_word>(i)), words[i]);
  out.end_object();
}

/// When a step was first on this node; 0: never.
std::int64_t first(const std::vector<place>& records, trace_step what) {
  std::int64_t result = 0;
  for (const auto& in : records)
    if (const auto at = in.record->at(what).first_us; at != 0 && (result == 0 || at < result)) result = at;
  return result;
}

/// What is to be said of the node in one word.
std::string_view word_of(const std::vector<place>& records, const word_counts& words, std::int64_t now_ms) {
  if (records.empty()) return "no_trace";
  if (sum(words) > 0) return "sessions";
  for (const auto step : {trace_step::dropped, trace_step::nobody, trace_step::refused})
    if (first(records, step) != 0) return to_string(step);
  const auto accepted = first(records, trace_step::accepted);
  if (accepted == 0 && first(records, trace_step::repeated) != 0) return "repeated";
  // Its bridge would have heard it, had anybody here been subscribed to its channel.
  const bool came_back = first(records, trace_step::received) != 0 || first(records, trace_step::healed) != 0;
  if (accepted != 0 && !came_back && now_ms - accepted / 1000 > trace_settles_ms) return to_string(trace_step::nobody);
  return "on_its_way";
}

/// Shards that knew of it, perhaps, and have forgotten it.
bool has_forgotten(const trace_view& what, const std::vector<place>& records) {
  const auto is_found = [](const place& x) { return x.record->to.kind() == channel_kind::user && x.record->at(trace_step::router).times > 0; };
  if (records.empty() || std::ranges::all_of(records, is_found)) return false;
  const auto published = records.front().record->time_ms;
  return std::ranges::any_of(what.shards, [&](const auto& x) {
    return x.second.records.empty() && x.second.forgotten_until_ms != 0 && x.second.forgotten_until_ms >= published;
  });
}

/// What does not depend on the node.
void write_facts(writer& out, const std::vector<place>& records) {
  if (records.empty()) return;
  auto known = std::ranges::find_if(records, [](const place& x) { return x.record->position.has_value(); });
  if (known == records.end()) known = records.begin();
  const auto& record = *known->record;
  std::vector<std::string> names;
  for (const auto& in : records)
    if (auto name = name_of(in.record->to); std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  out.key("facts").begin_object().key("to").begin_array();
  for (const auto& name : names) out.value(name);
  out.end_array().key("published_at").time(record.time_ms).member("data_bytes", static_cast<std::uint64_t>(record.data_bytes));
  if (record.position && names.size() == 1) out.member("cursor", herald::to_string(*record.position));
  if (!record.traceparent.empty()) out.member("traceparent", record.traceparent);
  out.end_object().member("published_ms", record.time_ms);
}

}  // namespace

std::string to_json(const trace_view& what, std::int64_t now_ms) {
  std::vector<place> records;
  std::size_t found = 0;
  std::int64_t forgotten_until = 0;
  for (const auto& [shard, facts] : what.shards) {
    forgotten_until = std::max(forgotten_until, facts.forgotten_until_ms);
    found += facts.records.size();
    for (const auto& one : facts.records)
      if (records.size() < max_records) records.push_back({shard, &one});
  }
  const auto words = all_words(records);
  writer out;
  out.begin_object();
  write_facts(out, records);
  out.member("last_word", word_of(records, words, now_ms));
  write_words(out, words);
  write_steps(out, records);
  const auto shown = write_sessions(out, records);
  const auto left_out = less(sum(words), shown);
  out.member("left_out", left_out).key("missing").begin_array();
  if (left_out > 0) out.value("sessions_left_out");
  if (found > records.size()) out.value("channels_left_out");
  if (has_forgotten(what, records)) out.value("overwritten");
  if (!what.stuck_shards.empty()) out.value("shard_does_not_answer");
  out.end_array().member("forgotten_until_ms", forgotten_until).member("started_ms", what.started_ms);
  return out.end_object().take();
}

}  // namespace herald::app
