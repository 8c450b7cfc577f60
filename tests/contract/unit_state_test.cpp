#include <doctest/doctest.h>

#include "backplane/ingress.hpp"
#include "backplane/memory/memory_log.hpp"
#include "backplane/memory/seen_ids.hpp"
#include "backplane/redis/announcements.hpp"
#include "backplane/redis/availability.hpp"
#include "backplane/redis/backoff.hpp"
#include "backplane/redis/subscriptions.hpp"

#include <caf/make_counted.hpp>

#include <algorithm>
#include <set>

using namespace herald;
using namespace herald::backplane;
using namespace std::chrono_literals;

/// The parts of the bridges that remember something.
TEST_SUITE_BEGIN("bridge state");

namespace {

const auto alice = channel::user("alice");
const auto bob = channel::user("bob");

notification message(std::string id, std::int64_t time_ms = 0, std::size_t size = 2) {
  return {std::nullopt, std::move(id), time_ms, std::string(size, '1')};
}

batch_ptr run_of(std::size_t items, std::size_t size) {
  return caf::make_counted<const batch>(alice, std::vector<notification>(items, message("a", 0, size)));
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

using names = std::vector<std::string>;

}  // namespace

// -- backoff ------------------------------------------------------------------

TEST_CASE("a back-off doubles its ceiling up to the cap, with full jitter, and begins anew") {
  std::vector<std::int64_t> largest(12, 0);
  std::vector<std::int64_t> smallest(12, 1'000'000);
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    backoff pause{50ms, 2000ms, seed * 2654435761u};  // seeds as far apart as a random device's
    for (std::size_t i = 0; i < 12; ++i) {
      auto now = pause.next().count();
      largest[i] = std::max(largest[i], now);
      smallest[i] = std::min(smallest[i], now);
    }
    pause.reset();
    REQUIRE(pause.next() <= 50ms);
  }
  for (std::size_t i = 0; i < 12; ++i) {
    auto ceiling = std::min<std::int64_t>(2000, 50 << i);
    CHECK(largest[i] <= ceiling);
    CHECK(largest[i] > ceiling * 9 / 10);
    CHECK(smallest[i] < ceiling / 10);
  }
}

// -- memory_log ---------------------------------------------------------------

TEST_CASE("a log gives dense offsets of one epoch, and keeps the newest entries") {
  memory_log log{{.max_entries = 3}};
  CHECK_FALSE(log.head(alice));
  auto first = log.append(alice, message("a"));
  for (const auto* id : {"b", "c", "d", "e"}) log.append(alice, message(id));
  CHECK(first.offset == 1);
  CHECK(first.tag == tag_of("a"));
  CHECK(log.head(alice) == cursor{first.epoch, 5, tag_of("e")});
  shard_stats counts;
  auto page = log.read(alice, log_start, max_page_bytes, 0, counts);
  REQUIRE(page.run);
  const auto& kept = page.run->items();
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].id == "c");
  CHECK(kept[0].position->offset == 3);
  CHECK(log.append(bob, message("x")).epoch != first.epoch);
}

TEST_CASE("old entries go with time, the position later") {
  memory_log log{{.max_age = 1000ms}};
  log.append(alice, message("a", 10'000));
  log.append(alice, message("b", 10'500));
  log.append(alice, message("c", 11'001));
  shard_stats counts;
  CHECK(log.read(alice, log_start, max_page_bytes, 11'001, counts).run->items().size() == 2);
  log.expire(12'002);
  CHECK_FALSE(log.read(alice, log_start, max_page_bytes, 12'002, counts).run);
  CHECK(log.head(alice)->offset == 3);
  log.expire(13'002);
  CHECK_FALSE(log.head(alice));
  CHECK(log.bytes() == 0);
  CHECK(log.channels() == 0);
}

TEST_CASE("over its memory a log forgets the channel that was longest without a message") {
  memory_log log{{.max_bytes = 10'000}};
  log.append(alice, message("a", 0, 3000));
  log.append(bob, message("b", 0, 3000));
  log.append(alice, message("c", 0, 3000));
  CHECK_FALSE(log.head(bob));
  CHECK(log.head(alice)->offset == 2);
  auto position = log.append(alice, message("d", 0, 20'000));
  CHECK(position.offset == 3);
  CHECK(log.bytes() <= 10'000);
  CHECK(log.head(alice) == position);
}

// -- seen_ids -----------------------------------------------------------------

TEST_CASE("an id is remembered for the window, a channel each") {
  seen_ids seen{10s};
  seen_ids::time_point start{};
  seen.remember(alice, "a", {cursor{1, 2, 3}}, start);
  CHECK(seen.find(alice, "a", start + 9999ms)->position == cursor{1, 2, 3});
  CHECK_FALSE(seen.find(bob, "a", start));
  CHECK_FALSE(seen.find(alice, "a", start + 10s));
  CHECK(seen.size() == 0);
}

TEST_CASE("of too many ids the oldest are forgotten") {
  seen_ids seen{10s};
  for (std::size_t i = 0; i <= seen_ids::max_ids; ++i) seen.remember(alice, std::to_string(i), {}, {});
  CHECK(seen.size() == seen_ids::max_ids);
  CHECK_FALSE(seen.find(alice, "0", {}));
  CHECK(seen.find(alice, "1", {}));
}

// -- subscriptions ------------------------------------------------------------

TEST_CASE("a name is live once its SUBSCRIBE is confirmed") {
  subscriptions all;
  all.want("a");
  all.want("b");
  all.want("a");
  CHECK_FALSE(all.is_settled());
  CHECK(sorted(all.take(10).subscribe) == names{"a", "b"});
  CHECK_FALSE(all.is_live("a"));
  CHECK(all.confirm("a"));
  CHECK(all.is_live("a"));
  CHECK(all.live() == 1);
  CHECK_FALSE(all.is_settled());
  CHECK(all.confirm("b"));
  CHECK(all.is_settled());
  CHECK_FALSE(all.confirm("b"));
  CHECK_FALSE(all.confirm("never asked for"));
}

TEST_CASE("what is wanted and dropped within a turn costs nothing") {
  subscriptions all;
  all.want("a");
  all.drop("a");
  auto commands = all.take(10);
  CHECK(commands.subscribe.empty());
  CHECK(commands.unsubscribe.empty());
  CHECK(all.is_settled());
  all.want("b");
  all.take(10);
  all.confirm("b");
  all.drop("b");
  all.want("b");
  commands = all.take(10);
  CHECK(commands.subscribe.empty());
  CHECK(commands.unsubscribe.empty());
  CHECK(all.is_live("b"));
}

TEST_CASE("a name that is wanted again while its UNSUBSCRIBE is on the way waits for the second confirmation") {
  subscriptions all;
  all.want("a");
  all.take(10);
  all.drop("a");
  CHECK(all.take(10).unsubscribe == names{"a"});
  all.want("a");
  CHECK(all.take(10).subscribe == names{"a"});
  CHECK_FALSE(all.confirm("a"));
  CHECK_FALSE(all.is_live("a"));
  CHECK(all.confirm("a"));
  CHECK(all.live() == 1);
}

TEST_CASE("a lost connection forgets what was asked for, and asks for what is wanted") {
  subscriptions all;
  for (const auto* name : {"a", "b", "c"}) all.want(name);
  all.take(10);
  all.confirm("a");
  all.drop("b");
  all.lose();
  CHECK(all.live() == 0);
  CHECK_FALSE(all.is_settled());
  CHECK_FALSE(all.confirm("a"));
  auto commands = all.take(10);
  CHECK(sorted(commands.subscribe) == names{"a", "c"});
  CHECK(commands.unsubscribe.empty());
}

TEST_CASE("commands are taken a bounded number at a time") {
  subscriptions all;
  for (int i = 0; i < 10; ++i) all.want(std::to_string(i));
  std::set<std::string> taken;
  for (std::size_t expected : {4u, 4u, 2u}) {
    CHECK(all.has_commands());
    auto some = all.take(4).subscribe;
    CHECK(some.size() == expected);
    taken.insert(some.begin(), some.end());
  }
  CHECK_FALSE(all.has_commands());
  CHECK(taken.size() == 10);
}

// -- announcements, availability ------------------------------------------------

TEST_CASE("announcements come in order, a slice at a time") {
  announcements all;
  all.add({"a", "b", "c"});
  all.add({"d"});
  all.add({});
  std::string told;
  auto tell = [&](const std::string& name) { told += name; };
  all.take(2, tell);
  CHECK(told == "ab");
  all.take(1, tell);
  CHECK(told == "abc");
  CHECK_FALSE(all.empty());
  all.take(2, tell);
  CHECK(told == "abcd");
  CHECK(all.empty());
}

TEST_CASE("away is since the first of the two was lost, until both are back") {
  bridge_status status;
  availability is{status};
  auto since = status.away_since_ms.load();
  CHECK(since > 0);
  is.publishing(true);
  CHECK(status.away_since_ms == since);
  is.subscribed(true);
  CHECK(status.away_since_ms == 0);
  is.publishing(false);
  auto again = status.away_since_ms.load();
  CHECK(again > 0);
  is.subscribed(false);
  is.publishing(true);
  CHECK(status.away_since_ms == again);
}

// -- ingress ------------------------------------------------------------------

TEST_CASE("a node is behind with too much data on its way, until less than half is left, and says since when") {
  bridge_status status;
  ingress counted{100'000, status};
  for (int i = 0; i < 9; ++i) counted.sent(*run_of(1, 10'000));
  CHECK_FALSE(counted.is_behind());
  CHECK(status.ingress_bytes.get() == 90'000);
  CHECK(status.behind_since_ms == 0);
  counted.sent(*run_of(1, 10'000));
  CHECK(counted.is_behind());
  CHECK(status.behind_since_ms != 0);
  counted.given_back({4, 40'000});
  CHECK(counted.is_behind());
  counted.given_back({2, 20'000});
  CHECK_FALSE(counted.is_behind());
  CHECK(status.behind_since_ms == 0);
  CHECK(status.pauses.get() == 1);
  counted.given_back({100, 1'000'000});
  CHECK(status.ingress_bytes.get() == 0);
}

TEST_CASE("many tiny notifications weigh what they cost") {
  bridge_status status;
  ingress counted{100'000, status};
  for (int i = 0; i < 10; ++i) counted.sent(*run_of(64, 1));
  CHECK(counted.is_behind());
  counted.given_back({10, 640});
  CHECK_FALSE(counted.is_behind());
}

TEST_CASE("what directories need not tell of is not waited for") {
  bridge_status status;
  ingress counted{100'000, status};
  counted.expect(2);
  counted.sent(*run_of(64, 2000));
  CHECK_FALSE(counted.is_behind());
  for (int i = 0; i < 3; ++i) counted.sent(*run_of(64, 1000));
  CHECK(counted.is_behind());
  counted.forget();
  CHECK(status.behind_since_ms == 0);
}

TEST_SUITE_END();
