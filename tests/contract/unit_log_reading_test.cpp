#include <doctest/doctest.h>

#include "backplane/log_reading.hpp"

using namespace herald;
using namespace herald::backplane;

/// Where a reader goes on in a log that servers have taken over from each other, and what it is told.
TEST_SUITE_BEGIN("log reading");

namespace {

constexpr std::uint64_t log_name = 0xabcdef0123;

/// The epoch after so many takeovers, on the server that drew these last bits.
constexpr std::uint64_t epoch(std::uint64_t takeovers, std::uint64_t server = 1) {
  return log_name << log_shift | takeovers << fork_shift | server;
}

constexpr cursor at(std::uint64_t of, std::uint64_t offset, std::uint32_t tag = unknown_tag) { return {of, offset, tag}; }

/// A log that was never taken over, and keeps the offsets from `first` to `last`.
log_state log_of(std::uint64_t first, std::uint64_t last) {
  log_state result;
  result.head = at(epoch(0), last, 77);
  result.first = first;
  return result;
}

/// The epoch 0 ended at 10, the next one goes on to 20.
log_state taken_over() {
  auto result = log_of(1, 20);
  result.head->epoch = epoch(1);
  result.ends = {{epoch(0), 10, false}};
  return result;
}

struct outcome {
  std::uint64_t after = 0;
  std::optional<cursor> reset;
  bool is_guess = false;

  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome place(const log_state& log, const cursor& asked) {
  const auto found = place_in(log, asked);
  return {found.after, found.reset, found.is_guess};
}

const std::optional<cursor> no_reset;

}  // namespace

TEST_CASE("where nothing was lost, reading goes on after the position") {
  CHECK(place(log_of(1, 20), at(epoch(0), 7)) == outcome{7, no_reset});
  CHECK(place(log_of(1, 20), at(epoch(0), 20, 77)) == outcome{20, no_reset});
  CHECK(place(log_of(8, 20), at(epoch(0), 7)) == outcome{7, no_reset});
  CHECK(place(log_of(0, 20), at(epoch(0), 20)) == outcome{20, no_reset});
}

TEST_CASE("what was trimmed or has expired is said, but not to who asked for whatever is kept") {
  CHECK(place(log_of(9, 20), at(epoch(0), 7)) == outcome{8, at(epoch(0), 8)});
  CHECK(place(log_of(9, 20), log_start) == outcome{8, no_reset});
  CHECK(place(log_of(9, 20), empty_log) == outcome{8, at(epoch(0), 8)});
  CHECK(place(log_of(1, 20), empty_log) == outcome{0, no_reset});
  CHECK(place(log_of(0, 20), at(epoch(0), 7)) == outcome{20, at(epoch(0), 20, 77)});
}

TEST_CASE("without a log, a position is told to be gone, and a beginning is not") {
  CHECK(place({}, at(epoch(0), 7)) == outcome{0, at(epoch(0), 7)});
  CHECK(place({}, log_start) == outcome{0, no_reset});
  CHECK(place({}, empty_log) == outcome{0, no_reset});
}

TEST_CASE("of another log, everything is new") {
  CHECK(place(log_of(1, 20), at(std::uint64_t{5} << log_shift, 7)) == outcome{0, at(epoch(0), 0)});
  CHECK(place(log_of(9, 20), at(std::uint64_t{5} << log_shift, 70)) == outcome{8, at(epoch(0), 8)});
}

TEST_CASE("an earlier epoch counts up to its end") {
  CHECK(place(taken_over(), at(epoch(0), 7)) == outcome{7, no_reset});
  CHECK(place(taken_over(), at(epoch(0), 10)) == outcome{10, no_reset});
  CHECK(place(taken_over(), at(epoch(0), 12)) == outcome{10, at(epoch(1), 10)});
  CHECK(place(taken_over(), at(epoch(1), 12)) == outcome{12, no_reset});
}

TEST_CASE("a server that has taken over and written nothing yet has lost what is beyond its end") {
  auto log = log_of(1, 20);
  log.is_taken_over = true;
  CHECK(place(log, at(epoch(0), 22)) == outcome{20, at(epoch(0), 20, 77)});
  CHECK(place(log, at(epoch(0), 19)) == outcome{19, no_reset});
}

TEST_CASE("an epoch that the server never knew differs from where the one before it ended here") {
  // A server took over and went on from some offset; another one, which had heard nothing of it, took over from the first.
  const auto unknown = at(epoch(1, 2), 13);
  CHECK(place(taken_over(), unknown) == outcome{10, at(epoch(1), 10)});
  CHECK(place(taken_over(), at(epoch(1, 2), 9)) == outcome{9, at(epoch(0), 9)});
  // Nothing was written here since: all that is here came before.
  CHECK(place(log_of(1, 8), unknown) == outcome{8, at(epoch(0), 8, 77)});
  CHECK(place(log_of(1, 20), unknown) == outcome{13, at(epoch(0), 13)});
}

TEST_CASE("an unknown epoch is placed by how many takeovers came before it") {
  auto log = log_of(1, 40);
  log.head->epoch = epoch(3);
  log.ends = {{epoch(0), 10, false}, {epoch(1), 20, false}, {epoch(2), 30, false}};
  CHECK(place(log, at(epoch(1, 2), 35)) == outcome{10, at(epoch(1), 10)});
  CHECK(place(log, at(epoch(2, 2), 35)) == outcome{20, at(epoch(2), 20)});
  CHECK(place(log, at(epoch(3, 2), 35)) == outcome{30, at(epoch(3), 30)});
  CHECK(place(log, at(epoch(4, 2), 35)) == outcome{35, at(epoch(3), 35)});
}

TEST_CASE("where the end of the epoch before an unknown one is forgotten, all that is kept is new") {
  auto log = log_of(15, 40);
  log.head->epoch = epoch(3);
  log.ends = {{epoch(2), 30, false}};
  CHECK(place(log, at(epoch(1, 2), 35)) == outcome{14, at(epoch(2), 14)});
}

TEST_CASE("without epochs the tag shows that offsets were given anew, and from where on is a guess") {
  auto log = log_of(1, 20);
  log.tag = 5;
  CHECK(place(log, at(epoch(0), 7, 5)) == outcome{7, no_reset});
  CHECK(place(log, at(epoch(0), 7, 6)) == outcome{6, at(epoch(0), 6), true});
  CHECK(place(log, at(epoch(0), 20, 78)) == outcome{19, at(epoch(0), 19), true});
  CHECK(place(log, at(epoch(0), 22)) == outcome{19, at(epoch(0), 19), true});
  log.tag.reset();
  CHECK(place(log, at(epoch(0), 7, 6)) == outcome{7, no_reset});
}

TEST_CASE("a page stops where something accepted is lost, and says so once it is there") {
  auto log = taken_over();
  log.ends.front().lost_some = true;
  CHECK(place_in(log, at(epoch(0), 7)).end == 10);
  CHECK_FALSE(place_in(log, at(epoch(0), 7)).reset);
  CHECK(place_in(log, at(epoch(0), 10)).reset == at(epoch(1), 10));
  CHECK_FALSE(place_in(log, at(epoch(0), 10)).end);
  CHECK_FALSE(place_in(log, at(epoch(1), 12)).reset);
  CHECK(place_in(log, log_start).end == 10);
}

// -- pages --------------------------------------------------------------------

namespace {

const auto alice = channel::user("alice");

log_entry entry(std::uint64_t offset, std::int64_t time_ms = 1000, std::int64_t expires_ms = 0) {
  return {{at(epoch(0), offset, 1), "id", time_ms, "1"}, expires_ms};
}

log_page page_of(const log_state& log, const cursor& asked, std::vector<log_entry> entries, shard_stats& counts,
                 std::int64_t now_ms = 2000) {
  page_limits limits;
  limits.max_age = std::chrono::milliseconds{5000};
  return make_page(alice, asked, place_in(log, asked), log, std::move(entries), now_ms, limits, counts);
}

std::size_t items_of(const log_page& page) { return page.run ? page.run->items().size() : 0; }

}  // namespace

TEST_CASE("a page goes up to its last entry, and ends with the log") {
  shard_stats counts;
  const auto part = page_of(log_of(1, 3), at(epoch(0), 0), {entry(1), entry(2)}, counts);
  CHECK(items_of(part) == 2);
  CHECK(part.position == at(epoch(0), 2, 1));
  CHECK_FALSE(part.at_end);
  CHECK(page_of(log_of(1, 3), at(epoch(0), 2), {entry(3)}, counts).at_end);
  const auto nothing = page_of(log_of(1, 3), at(epoch(0), 3), {}, counts);
  CHECK(nothing.at_end);
  CHECK(nothing.position == at(epoch(0), 3, 77));
  CHECK_FALSE(nothing.run);
}

TEST_CASE("what has expired is left out and counted; the position goes beyond it") {
  shard_stats counts;
  const auto page = page_of(log_of(1, 3), at(epoch(0), 0), {entry(1), entry(2, 1000, 1500), entry(3, 1000, 2500)}, counts);
  CHECK(items_of(page) == 2);
  CHECK(page.position.offset == 3);
  CHECK(counts.drop(drop_reason::expired).get() == 1);
}

TEST_CASE("entries that are too old are as good as trimmed") {
  shard_stats counts;
  const auto entries = std::vector{entry(1, 1000), entry(2, 1000), entry(3, 6500)};
  const auto page = page_of(log_of(1, 3), at(epoch(0), 0), entries, counts, 7000);
  CHECK(items_of(page) == 1);
  REQUIRE(page.reset);
  CHECK(page.reset->offset == 2);
  CHECK_FALSE(page_of(log_of(1, 3), log_start, entries, counts, 7000).reset);
}

TEST_CASE("a page that stops before a loss is not the log's end") {
  shard_stats counts;
  auto log = taken_over();
  log.ends.front().lost_some = true;
  const auto page = page_of(log, at(epoch(0), 8), {entry(9), entry(10), entry(11)}, counts);
  CHECK(items_of(page) == 2);
  CHECK(page.position.offset == 10);
  CHECK_FALSE(page.at_end);
}
