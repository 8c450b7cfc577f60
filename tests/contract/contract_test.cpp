#include <doctest/doctest.h>

#include "actors/unix_time.hpp"
#include "tests/contract/support/backplanes.hpp"

#include <map>

using namespace herald;
using namespace herald::contract;

/// The promises of `backplane/bridge.hpp`, to which every backplane is held.
TEST_SUITE_BEGIN("contract");

namespace {

const auto alice = channel::user("alice");
const auto bob = channel::user("bob");

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i < to; ++i) out.push_back(std::to_string(i));
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("what is published to a subscribed channel arrives as it was sent", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  const std::string data = "{ \"text\" :\"h\xC3\xA9llo\\n\",\n\"n\":1e999 }";
  auto before = unix_ms();
  auto got = accepted(one.publish(to_user("alice", data, "order-17")));
  CHECK(got.id == "order-17");
  CHECK_FALSE(got.repeated);
  REQUIRE(got.position);
  CHECK(got.position->offset == 1);
  CHECK(got.position->tag == tag_of("order-17"));
  auto items = directory.heard->items(1);
  REQUIRE(items.size() == 1);
  CHECK(items[0].channel == "alice");
  CHECK(items[0].what.data == data);
  CHECK(items[0].what.id == "order-17");
  CHECK(items[0].what.position == got.position);
  CHECK(items[0].what.time_ms >= before);
  CHECK(items[0].what.time_ms <= unix_ms());
}

TEST_CASE_TEMPLATE("users, groups and everybody have channels of their own", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  for (const auto& to : {alice, channel::group("alice"), channel::broadcast()}) one.subscribe_live(directory, to);
  int n = 0;
  for (const auto& to : {alice, channel::group("alice"), channel::broadcast()})
    accepted(one.publish({to, std::to_string(n++), "same-id", true, std::nullopt}));
  directory.heard->items(3);
  CHECK(directory.heard->data_of("alice") == numbers(0, 1));
  CHECK(directory.heard->data_of("group:alice") == numbers(1, 2));
  CHECK(directory.heard->data_of("broadcast") == numbers(2, 3));
}

TEST_CASE_TEMPLATE("subscribing twice is answered twice and delivers once", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  accepted(one.publish(to_user("alice", "0", "a")));
  directory.heard->items(1);
  one.subscribe(directory, alice);
  auto changes = directory.heard->changes(alice, 2);
  REQUIRE(changes.size() == 2);
  CHECK(changes[1].live);
  REQUIRE(changes[1].position);
  CHECK(changes[1].position->offset == 1);
  accepted(one.publish(to_user("alice", "1", "b")));
  accepted(one.publish(to_user("alice", "2", "c")));
  directory.heard->items(3);
  CHECK(directory.heard->data_of("alice") == numbers(0, 3));
}

TEST_CASE_TEMPLATE("each subscribed directory gets it once, and none after it unsubscribed", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto first = one.listen();
  auto second = one.listen();
  one.subscribe_live(first, alice);
  one.subscribe_live(second, alice);
  one.subscribe_live(first, bob);
  accepted(one.publish(to_user("alice", "0", "a")));
  first.heard->items(1);
  one.unsubscribe(first, alice);
  accepted(one.publish(to_user("alice", "1", "b")));
  accepted(one.publish(to_user("bob", "0", "c")));
  second.heard->items(2);
  first.heard->items(2);
  CHECK(first.heard->data_of("alice") == numbers(0, 1));
  CHECK(first.heard->data_of("bob") == numbers(0, 1));
  CHECK(second.heard->data_of("alice") == numbers(0, 2));
}

TEST_CASE_TEMPLATE("a channel that was left and joined again goes on", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  for (int round = 0; round < 20; ++round) {
    one.subscribe(directory, alice);
    REQUIRE(directory.heard->changes(alice, static_cast<std::size_t>(round) + 1).back().live);
    accepted(one.publish(to_user("alice", std::to_string(round), "id-" + std::to_string(round))));
    directory.heard->items(static_cast<std::size_t>(round) + 1);
    one.unsubscribe(directory, alice);
  }
  CHECK(directory.heard->data_of("alice") == numbers(0, 20));
}

TEST_CASE_TEMPLATE("the same id is answered with the first receipt and not sent again", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  for (bool durable : {true, false}) {
    publication what{alice, durable ? "0" : "2", durable ? "kept" : "live", durable, std::nullopt};
    auto first = accepted(one.publish(what));
    accepted(one.publish(to_user("alice", durable ? "1" : "3", durable ? "x" : "y")));
    auto again = accepted(one.publish(what));
    CHECK_FALSE(first.repeated);
    CHECK(again.repeated);
    CHECK(again.id == first.id);
    CHECK(again.position == first.position);
    CHECK(first.position.has_value() == durable);
  }
  accepted(one.publish(to_user("alice", "4", "z")));
  directory.heard->items(5);
  CHECK(directory.heard->data_of("alice") == numbers(0, 5));
}

TEST_CASE_TEMPLATE("an id is forgotten after the idempotency window", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of({.idempotency_window = std::chrono::seconds{1}})};
  REQUIRE(one.wait_until_there());
  CHECK_FALSE(accepted(one.publish(to_user("alice", "1", "a"))).repeated);
  CHECK(eventually([&] { return !accepted(one.publish(to_user("alice", "1", "a"))).repeated; }));
}

TEST_CASE_TEMPLATE("what is not durable is delivered without a position and takes none", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  auto first = accepted(one.publish(to_user("alice", "0", "a")));
  auto live = accepted(one.publish({alice, "1", "b", false, std::nullopt}));
  auto second = accepted(one.publish(to_user("alice", "2", "c")));
  CHECK_FALSE(live.position);
  CHECK(second.position->offset == first.position->offset + 1);
  auto items = directory.heard->items(3);
  REQUIRE(items.size() == 3);
  CHECK_FALSE(items[1].what.position);
  CHECK(items[1].what.id == "b");
}

TEST_CASE_TEMPLATE("order is the log's under load, in bounded runs", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  constexpr int users = 4;
  constexpr int each = 1500;
  std::vector<publication> all;
  for (int i = 0; i < each; ++i)
    for (int u = 0; u < users; ++u)
      all.push_back(to_user("u" + std::to_string(u), std::to_string(i), "m" + std::to_string(i)));
  for (int u = 0; u < users; ++u) one.subscribe_live(directory, channel::user("u" + std::to_string(u)));
  for (const auto& answer : one.publish_all(all)) accepted(answer);
  directory.heard->items(users * each);
  for (int u = 0; u < users; ++u) {
    auto name = "u" + std::to_string(u);
    CHECK(directory.heard->data_of(name) == numbers(0, each));
    std::uint64_t offset = 0;
    for (const auto& x : directory.heard->items_of(name)) REQUIRE(x.what.position->offset == ++offset);
  }
  CHECK(directory.heard->largest_run() <= backplane::max_run_items);
  CHECK(directory.heard->largest_run() > 1);
  CHECK(directory.heard->largest_run_bytes() <= backplane::max_run_bytes);
  CHECK(one.stats().received.get() == users * each);
}

TEST_CASE_TEMPLATE("a node that is behind takes nothing more, and everything accepted arrives after", Kind, EVERY_BACKPLANE) {
  Kind kind;
  constexpr std::size_t limit = 1 << 20;
  constexpr std::size_t size = 16 * 1024;
  constexpr std::size_t count = 400;  // 6.4 MB
  node one{kind.node_of({.ingress_max_bytes = limit})};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  directory.heard->hold();
  std::vector<publication> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(to_user("alice", '"' + std::string(size, 'x') + '"', "m" + std::to_string(i)));
  std::vector<std::string> accepted_ids;
  for (const auto& answer : one.publish_all(all)) {
    if (auto* yes = std::get_if<receipt>(&answer.result)) accepted_ids.push_back(yes->id);
    else CHECK(refused(answer).code == errc::unavailable);
  }
  CHECK((accepted_ids.size() < count) == Kind::refuses_when_behind);
  REQUIRE(eventually([&] { return one.status().pauses.get() == 1; }));
  // One read of up to a megabyte may have been under way, and a chunk that a directory need not tell of is not counted.
  CHECK(directory.heard->bytes() <= limit + (1 << 20) + 2 * 64 * 1024);
  directory.heard->release(one.bridge());
  auto items = directory.heard->items(accepted_ids.size());
  REQUIRE(items.size() == accepted_ids.size());
  for (std::size_t i = 0; i < items.size(); ++i) REQUIRE(items[i].what.id == accepted_ids[i]);
  accepted(one.publish(to_user("alice", "1", "after")));
  CHECK(directory.heard->items(items.size() + 1).back().what.id == "after");
}

TEST_CASE_TEMPLATE("small messages that a directory has not told of yet never stop it", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of({.ingress_max_bytes = 1 << 20})};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  directory.heard->hold();  // a directory tells in chunks of 64 KiB: this is less
  constexpr std::size_t count = 15'000;
  for (std::size_t from = 0; from < count; from += 1000) {
    std::vector<publication> all;
    for (std::size_t i = from; i < from + 1000; ++i) all.push_back(to_user("alice", "1", "m" + std::to_string(i)));
    for (const auto& answer : one.publish_all(all)) accepted(answer);
  }
  CHECK(directory.heard->items(count).size() == count);
}

TEST_CASE_TEMPLATE("a directory that failed costs only itself", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto failing = one.listen();
  auto other = one.listen();
  one.subscribe_live(failing, alice);
  one.subscribe_live(failing, bob);
  one.subscribe_live(other, alice);
  CHECK(one.status().subscriptions.get() == 2);
  one.end(failing);
  CHECK(eventually([&] { return one.status().subscriptions.get() == 1; }));
  accepted(one.publish(to_user("alice", "0", "a")));
  CHECK(other.heard->items(1).size() == 1);
  auto spawned_again = one.listen();
  one.subscribe_live(spawned_again, bob);
  accepted(one.publish(to_user("bob", "0", "b")));
  CHECK(spawned_again.heard->items(1).size() == 1);
}

TEST_CASE_TEMPLATE("what nobody here is subscribed to is counted", Kind, memory, redis_pattern) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  for (int i = 0; i < 5; ++i) accepted(one.publish(to_user("nobody", "1", "m" + std::to_string(i))));
  CHECK(eventually([&] { return one.stats().nobody_here.get() == 5; }));
  CHECK(one.stats().received.get() == 5);
  CHECK(one.status().messages.get() == 5);
}

TEST_CASE_TEMPLATE("the status says that it is there", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  CHECK(one.status().away_since_ms == 0);
  CHECK(one.status().reconnects.get() == 0);
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  CHECK(one.status().subscriptions.get() == 1);
  one.unsubscribe(directory, alice);
  CHECK(eventually([&] { return one.status().subscriptions.get() == 0; }));
}

TEST_SUITE_END();
