#include "actors/trace_ring.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace herald;

namespace {

const auto user = channel::user("42");

batch run_with(const std::string& id, std::uint64_t offset = 1, const channel& to = user, std::int64_t time_ms = 1000) {
  notification item;
  item.id = id;
  item.time_ms = time_ms;
  if (offset != 0) item.position = cursor{1ull << 40, offset, 0};
  item.data = "{}";
  item.trace = make_trace(true, "");
  return {to, {item}};
}

traced_session session_of(std::uint64_t key, std::string_view name = "s") { return {key, name, "42", "", "127.0.0.1"}; }

const trace_record& only(const trace_facts& found) {
  REQUIRE(found.records.size() == 1);
  return found.records.front();
}

}  // namespace

TEST_SUITE("trace ring") {

TEST_CASE("each step is kept with its time, how often and of how many") {
  trace_ring ring;
  ring.note(run_with("a"), trace_step::received);
  ring.note(run_with("a"), trace_step::router, 2);
  ring.note(run_with("a"), trace_step::router, 3);
  const auto found = ring.find("a");
  const auto& record = only(found);
  CHECK(record.at(trace_step::received).times == 1);
  CHECK(record.at(trace_step::received).first_us > 0);
  CHECK(record.at(trace_step::router).times == 2);
  CHECK(record.at(trace_step::router).amount == 5);
  CHECK(record.at(trace_step::dropped).times == 0);
  CHECK(record.time_ms == 1000);
  CHECK(record.data_bytes == 2);
  CHECK(record.position->offset == 1);
  CHECK(ring.find("b").records.empty());
  CHECK(ring.find("").records.empty());
}

TEST_CASE("what is not traced leaves nothing behind") {
  trace_ring ring;
  notification plain, with_parent;
  plain.id = "a";
  with_parent.id = "b";
  with_parent.trace = make_trace(false, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  const batch run{user, {plain, with_parent}};
  ring.note(run, trace_step::received);
  ring.note(run, session_of(1), session_step::queued);
  CHECK(ring.numbers_of(run).empty());
  CHECK(ring.find("a").records.empty());
  CHECK(ring.find("b").records.empty());
  CHECK(ring.counts().begun.get() == 0);
}

TEST_CASE("one id on several channels is a record each") {
  trace_ring ring;
  ring.note(run_with("a", 1, channel::user("1")), trace_step::received);
  ring.note(run_with("a", 1, channel::user("2")), trace_step::received);
  ring.note(run_with("ab", 1, channel::user("2")), trace_step::received);
  CHECK(ring.find("a").records.size() == 2);
}

TEST_CASE("a session's last word") {
  trace_ring ring;
  const auto run = run_with("a");
  const auto word = [&](std::initializer_list<session_step> steps) {
    static std::uint64_t key = 0;
    ++key;
    for (const auto step : steps) ring.note(run, session_of(key), step, step == session_step::dropped ? "slow" : "");
    const auto found = ring.find("a");
    for (const auto& row : found.records.front().rows)
      if (row.key == key) return std::string{to_string(row.word)} + (row.why.empty() ? "" : ' ' + std::string{row.why});
    return std::string{"no row"};
  };
  using enum session_step;
  CHECK(word({kept}) == "opening");
  CHECK(word({queued}) == "waiting");
  CHECK(word({kept, queued, written}) == "written");
  CHECK(word({queued, written, acknowledged}) == "acknowledged");
  CHECK(word({behind}) == "catching_up");
  CHECK(word({behind, read, queued, written}) == "written");
  CHECK(word({dropped}) == "dropped slow");
  CHECK(word({deduplicated}) == "deduplicated");
  CHECK(word({behind, deduplicated}) == "deduplicated");
  CHECK(word({queued, lost}) == "dropped");
  // What comes once more, live and from the log, does not take back what it had.
  CHECK(word({behind, read, queued, written, deduplicated}) == "written");
  CHECK(word({behind, read, queued, behind}) == "waiting");
  CHECK(word({queued, written, acknowledged, written, dropped}) == "acknowledged");
}

TEST_CASE("written is said when the kernel has it, also to those that have no row any more") {
  trace_ring ring;
  const auto run = run_with("a");
  ring.note(run, session_of(1), session_step::queued);
  const auto numbers = ring.numbers_of(run);
  CHECK(numbers.size() == 1);
  ring.written(numbers, 1);
  ring.written(numbers, 2);
  ring.written({99}, 1);
  const auto found = ring.find("a");
  CHECK(only(found).rows.front().word == last_word::written);
  CHECK(only(found).other(session_step::written) == 1);
}

TEST_CASE("an acknowledgement covers what is up to its place, of its own channel and session") {
  trace_ring ring;
  const auto group = channel::group("g");
  for (std::uint64_t offset = 1; offset <= 3; ++offset) ring.note(run_with("u" + std::to_string(offset), offset), session_of(1), session_step::queued);
  ring.note(run_with("g1", 1, group), session_of(1), session_step::queued);
  ring.note(run_with("u1"), session_of(2), session_step::queued);
  ring.acknowledged(1, user, cursor{1ull << 40, 2, 0});
  CHECK(only(ring.find("u1")).rows[0].word == last_word::acknowledged);
  CHECK(only(ring.find("u1")).rows[1].word == last_word::waiting);
  CHECK(only(ring.find("u2")).rows[0].word == last_word::acknowledged);
  CHECK(only(ring.find("u3")).rows[0].word == last_word::waiting);
  CHECK(only(ring.find("g1")).rows[0].word == last_word::waiting);
}

TEST_CASE("what a session was left to read, and was not there, is dropped; what its client had is not") {
  trace_ring ring;
  for (std::uint64_t offset = 1; offset <= 4; ++offset) ring.note(run_with("u" + std::to_string(offset), offset), session_of(1), session_step::behind, "slow");
  ring.note(run_with("u3", 3), session_of(1), session_step::queued);
  ring.passed(1, user, cursor{1ull << 40, 1, 0}, cursor{1ull << 40, 3, 0}, "expired");
  CHECK(only(ring.find("u1")).rows[0].word == last_word::deduplicated);
  CHECK(only(ring.find("u2")).rows[0].word == last_word::dropped);
  CHECK(only(ring.find("u2")).rows[0].why == "expired");
  CHECK(only(ring.find("u3")).rows[0].word == last_word::waiting);
  CHECK(only(ring.find("u4")).rows[0].word == last_word::catching_up);
}

TEST_CASE("a session that ends has lost what was not written") {
  trace_ring ring;
  ring.note(run_with("a"), session_of(1), session_step::queued);
  ring.note(run_with("b", 2), session_of(1), session_step::behind, "slow");
  ring.note(run_with("c", 3, channel::group("g")), session_of(1), session_step::behind, "slow");
  const auto group = channel::group("g");
  ring.left(1, "left_group", &group);
  CHECK(only(ring.find("b")).rows[0].word == last_word::catching_up);
  CHECK(only(ring.find("c")).rows[0].why == "left_group");
  ring.left(1, "slow");
  for (const auto* id : {"a", "b", "c"}) CHECK(only(ring.find(id)).rows[0].word == last_word::dropped);
  CHECK(only(ring.find("a")).rows[0].at_us[static_cast<std::size_t>(session_step::lost)] > 0);
  CHECK(only(ring.find("c")).rows[0].why == "left_group");
}

TEST_CASE("the oldest make room, and it is said up to when something is missing") {
  trace_ring ring;
  ring.limit(64 * 1024);
  for (int i = 0; i < 1000; ++i) {
    const auto run = run_with("id-" + std::to_string(i), 1, user, 1000 + i);
    ring.note(run, trace_step::received);
    ring.note(run, session_of(1), session_step::queued);
  }
  CHECK(ring.counts().bytes.get() <= 64 * 1024);
  CHECK(ring.counts().begun.get() == 1000);
  const auto kept = 1000 - ring.counts().overwritten.get();
  CHECK(kept > 20);
  CHECK(kept < 200);
  CHECK(ring.find("id-0").records.empty());
  CHECK(only(ring.find("id-999")).rows.size() == 1);
  CHECK(ring.find("id-0").forgotten_until_ms == static_cast<std::int64_t>(1999 - kept));
}

TEST_CASE("with no room at all nothing is kept") {
  trace_ring ring;
  ring.limit(0);
  ring.note(run_with("a"), trace_step::received);
  ring.note(run_with("a"), session_of(1), session_step::queued);
  CHECK(ring.numbers_of(run_with("a")).empty());
  CHECK(ring.find("a").records.empty());
}

TEST_CASE("of very many sessions those that tell most have rows, and the others are counted") {
  trace_ring ring;
  ring.limit(16 << 20);
  const auto run = run_with("a", 1, channel::broadcast());
  constexpr std::uint64_t many = 1000, slow = 50;
  for (std::uint64_t key = 1; key <= many; ++key) {
    ring.note(run, session_of(key), session_step::queued);
    ring.written(ring.numbers_of(run), key);
  }
  for (std::uint64_t key = many + 1; key <= many + slow; ++key) ring.note(run, session_of(key), session_step::behind, "slow");
  const auto found = ring.find("a");
  const auto& rows = only(found).rows;
  CHECK(rows.size() == trace_record::max_rows);
  CHECK(std::ranges::count(rows, last_word::catching_up, &trace_row::word) == slow);
  CHECK(only(found).other(session_step::queued) == many + slow - trace_record::max_rows);
  CHECK(only(found).other(session_step::written) == many + slow - trace_record::max_rows);
  CHECK(ring.counts().left_out.get() > 0);
}

}
