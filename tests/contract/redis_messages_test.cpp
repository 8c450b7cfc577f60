#include <doctest/doctest.h>

#include "actors/unix_time.hpp"
#include "backplane/redis/scripts.hpp"
#include "tests/contract/support/backplanes.hpp"
#include "tests/contract/support/captured_log.hpp"

#include <set>
#include <sstream>

using namespace herald;
using namespace herald::contract;

/// What comes through Redis from others: plain PUBLISH, other nodes, garbage.
TEST_SUITE_BEGIN("redis messages");

namespace {

const auto alice = channel::user("alice");

}  // namespace

TEST_CASE_TEMPLATE("a plain PUBLISH of JSON is delivered byte for byte, without id and position", Kind, redis_channel, redis_pattern) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  const std::vector<std::string> texts{R"({"text":"hello"})", " \n[1,\t2]\r\n", "null", "\"\xE2\x82\xAC\"", "-0.5e-300", "1e308",
                                       std::string(128, '[') + std::string(128, ']')};
  for (const auto& text : texts) CHECK(kind.server.command({"PUBLISH", "notification:alice", text}) == "1");
  auto items = directory.heard->items(texts.size());
  CHECK(directory.heard->data_of("alice") == texts);
  for (const auto& x : items) {
    CHECK_FALSE(x.what.position);
    CHECK(x.what.id.empty());
    CHECK(std::abs(x.what.time_ms - unix_ms()) < 60'000);
  }
}

TEST_CASE_TEMPLATE("what is not JSON is counted, logged and dropped, and what follows is delivered", Kind, redis_channel, redis_pattern) {
  Kind kind;
  captured_log log;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  const std::vector<std::string> texts{
    "", " ", "hello", "{", "{\"a\":1}}", "{\"a\":1} x", "[1,]", "{'a':1}", "nul", "NaN", "01", "1e999", "\"\n\"",
    "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\xEF\xBB\xBF{}", std::string("{}\0", 3), std::string("{}\0{}", 5),
    std::string(129, '[') + std::string(129, ']'), std::string(500'000, '['), "{\"a\":" + std::string(100'000, '{'),
    "herald1", "herald1 ", "herald1 x", "herald1 - 0 1 0 id {}", "herald1 - 0 1 0 id\n", "herald1 - 1 1 0 id\n{}",
    "herald1 - 0 1 0 i d\n{}", "herald1 0123456789abcdef 0 1 0 id\n{}", "herald1 0123456789abcdef -1 1 0 id\n{}",
    "herald1 123 1 1 0 id\n{}", "herald1 0123456789abcdef 1 1 id\n{}", "herald1  - 0 1 0 id\n{}"};
  for (const auto& text : texts) kind.server.command({"PUBLISH", "notification:alice", text});
  kind.server.command({"PUBLISH", "notification:alice", "{\"still\":true}"});
  auto items = directory.heard->items(1);
  CHECK(directory.heard->data_of("alice") == std::vector<std::string>{"{\"still\":true}"});
  CHECK(one.dropped(drop_reason::bad_json) == texts.size());
  CHECK(one.stats().received.get() == texts.size() + 1);
  CHECK(log.count({"bad_message", "notification:alice"}) >= 1);
  CHECK(log.count({"bad_message"}) < texts.size());
}

TEST_CASE_TEMPLATE("what another node's script wrote is read with its position", Kind, redis_channel, redis_pattern) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  auto far = std::to_string(unix_ms() + 60'000);
  auto past = std::to_string(unix_ms() - 1);
  auto publish = [&](const std::string& id, const std::string& data, const std::string& expires) {
    kind.server.command({"EVAL", std::string{backplane::text_of(backplane::script::publish)}, "3", "herald:log:{notification:alice}",
                         "herald:meta:{notification:alice}", "herald:once:{notification:alice}:" + id, "notification:alice", id, data,
                         "1", std::to_string(unix_ms()), expires, "80000000dead00ef", "100", "100", "10", "PUBLISH", "", "-"});
  };
  publish("late", "{}", past);
  publish("in-time", " {}\n", far);
  auto items = directory.heard->items(1);
  REQUIRE(items.size() == 1);
  CHECK(items[0].what.id == "in-time");
  CHECK(items[0].what.data == " {}\n");
  CHECK(items[0].what.position == cursor{0x80000000dead00ef, 2, tag_of("in-time")});
  CHECK(one.dropped(drop_reason::expired) >= 1);
}

TEST_CASE_TEMPLATE("a message over the limit is dropped and counted, and one can't be published", Kind, redis_channel, redis_pattern) {
  Kind kind;
  auto options = kind.options();
  options.max_message_bytes = 1000;
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  auto just = '"' + std::string(998, 'x') + '"';
  kind.server.command({"PUBLISH", "notification:alice", just + ' '});
  kind.server.command({"PUBLISH", "notification:alice", just});
  directory.heard->items(1);
  CHECK(directory.heard->data_of("alice") == std::vector<std::string>{just});
  CHECK(one.dropped(drop_reason::too_large) == 1);
  CHECK(refused(one.publish(to_user("alice", just + ' ', "a"))).code == errc::too_large);
  accepted(one.publish(to_user("alice", just, "b")));
  CHECK(directory.heard->items(2).size() == 2);
}

TEST_CASE("a channel that no user or group can have is counted and logged") {
  redis_pattern kind;
  captured_log log;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  for (const auto* name : {"notification:", "notification:group:", "notification:a b", "notification:{x}"})
    kind.server.command({"PUBLISH", name, "{}"});
  CHECK(eventually([&] { return one.dropped(drop_reason::bad_channel) == 4; }));
  CHECK(one.stats().received.get() == 4);
  CHECK(one.stats().nobody_here.get() == 0);
  CHECK(log.count({"bad_message"}) >= 1);
}

TEST_CASE("a pattern takes the prefix by the letter") {
  redis_server server;
  auto options = options_for(server, backplane::redis_options::mode::pattern);
  options.prefix = "n[ab]*?:";
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  CHECK(server.command({"PUBLISH", "na-x:alice", "0"}) == "0");
  CHECK(server.command({"PUBLISH", "n[ab]*?:alice", "1"}) == "1");
  directory.heard->items(1);
  CHECK(directory.heard->data_of("alice") == std::vector<std::string>{"1"});
}

TEST_CASE_TEMPLATE("two nodes on one Redis deliver once each, in the same order", Kind, redis_channel, redis_pattern) {
  Kind kind;
  node one{kind.node_of()};
  node two{kind.node_of()};
  REQUIRE(one.wait_until_there());
  REQUIRE(two.wait_until_there());
  auto here = one.listen();
  auto there = two.listen();
  one.subscribe_live(here, alice);
  two.subscribe_live(there, alice);
  std::vector<publication> a;
  std::vector<publication> b;
  for (int i = 0; i < 300; ++i) {
    a.push_back(to_user("alice", "1", "a" + std::to_string(i)));
    b.push_back(to_user("alice", "2", "b" + std::to_string(i)));
  }
  auto elsewhere = two.publish_later(b);
  for (const auto& x : one.publish_all(a)) accepted(x);
  for (const auto& x : elsewhere.answers()) accepted(x);
  auto first = here.heard->items(600);
  auto second = there.heard->items(600);
  REQUIRE(first.size() == 600);
  REQUIRE(second.size() == 600);
  for (std::size_t i = 0; i < 600; ++i) {
    REQUIRE(first[i].what.position->offset == i + 1);
    REQUIRE(first[i].what.position == second[i].what.position);
    REQUIRE(first[i].what.id == second[i].what.id);
  }
  CHECK(accepted(two.publish(to_user("alice", "9", "a0"))).repeated);
}

namespace {

/// What Redis says is subscribed, in whichever order.
std::set<std::string> channels(redis_server& redis) {
  std::istringstream all{redis.command({"PUBSUB", "CHANNELS"})};
  std::set<std::string> result;
  for (std::string one; std::getline(all, one, '|');) result.insert(one);
  return result;
}

/// The node's own: what it says to itself, and what nodes say to each other.
const std::set<std::string> own{"herald:canary:contract", "herald:control"};

}  // namespace

TEST_CASE("Redis is subscribed to what has a local user only") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  auto other = one.listen();
  CHECK(channels(kind.server) == own);
  one.subscribe_live(directory, alice);
  one.subscribe_live(other, alice);
  CHECK(kind.server.command({"PUBSUB", "CHANNELS", "notification:*"}) == "notification:alice");
  one.unsubscribe(directory, alice);
  one.subscribe_live(other, channel::group("g"));
  CHECK(kind.server.command({"PUBSUB", "NUMSUB", "notification:alice"}) == "notification:alice|1");
  one.unsubscribe(other, alice);
  one.unsubscribe(other, channel::group("g"));
  CHECK(eventually([&] { return channels(kind.server) == own; }));
  CHECK(kind.server.command({"PUBSUB", "NUMPAT"}) == "0");
}

TEST_CASE("in pattern mode one subscription serves all") {
  redis_pattern kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  one.subscribe_live(directory, channel::broadcast());
  CHECK(kind.server.command({"PUBSUB", "NUMPAT"}) == "1");
  CHECK(channels(kind.server) == own);
}

TEST_CASE("many subscriptions share few commands") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i) one.subscribe(directory, channel::user("u" + std::to_string(i)));
  CHECK(eventually([&] { return one.status().subscriptions.get() == count; }));
  auto stats = kind.server.command({"INFO", "commandstats"});
  auto at = stats.find("cmdstat_subscribe:calls=");
  REQUIRE(at != std::string::npos);
  CHECK(std::stoi(stats.substr(at + 24)) <= count / 10);
  CHECK(std::stoi(stats.substr(at + 24)) >= count / 256);
}

TEST_SUITE_END();
