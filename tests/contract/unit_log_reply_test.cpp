#include <doctest/doctest.h>

#include "backplane/memory/kept_positions.hpp"
#include "backplane/redis/log_reply.hpp"
#include "backplane/redis/replies.hpp"

#include <hiredis/hiredis.h>

#include <functional>
#include <string>

using namespace herald;
using namespace herald::backplane;

/// What Redis says of logs, and what a node remembers of devices.
TEST_SUITE_BEGIN("log replies and positions");

namespace {

constexpr std::uint64_t epoch = 0xabcdef0123000001;
constexpr std::uint64_t next_epoch = 0xabcdef0123000102;

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

const std::string nil = "$-1\r\n";

std::string entry(std::uint64_t offset, const std::string& id) {
  return bulk(std::to_string(offset) + "-0")
         + bulk("herald1 abcdef0123000001 " + std::to_string(offset) + " 1000 0 " + id + "\n{\"a\":1}");
}

/// The answer of `read.lua` as Redis sends it.
struct answer {
  std::string head = bulk("abcdef0123000001") + bulk("2") + bulk("m2");
  std::string ends = nil;
  std::string first = bulk("1-0");
  std::string id_there = nil;
  std::string taken_over = ":0\r\n";
  std::string lost = nil;
  std::string entries = "*4\r\n" + entry(1, "m1") + entry(2, "m2");

  std::string bytes() const { return "*9\r\n" + head + ends + first + id_there + taken_over + lost + entries; }
};

/// Hands `bytes` over as one reply.
void with_reply(const std::string& bytes, const std::function<void(const redisReply&)>& look) {
  replies reader{1 << 20};
  int seen = 0;
  REQUIRE(reader.feed(bytes, [&](const redisReply& reply) {
                  ++seen;
                  look(reply);
                  return true;
                })
            .empty());
  REQUIRE(seen == 1);
}

std::optional<log_reply> read(const std::string& bytes, shard_stats& counts) {
  std::optional<log_reply> result;
  with_reply(bytes, [&](const redisReply& reply) { result = read_log_reply(reply, counts); });
  return result;
}

std::optional<log_head> head_in(const std::string& bytes) {
  std::optional<log_head> result;
  with_reply(bytes, [&](const redisReply& reply) { result = read_head(reply); });
  return result;
}

}  // namespace

TEST_CASE("a log's reply holds its head, its first entry and what was read") {
  shard_stats counts;
  const auto got = read(answer{}.bytes(), counts);
  REQUIRE(got);
  CHECK(got->state.head == cursor{epoch, 2, tag_of("m2")});
  CHECK(got->state.first == 1);
  CHECK(got->state.ends.empty());
  CHECK_FALSE(got->state.is_taken_over);
  CHECK_FALSE(got->state.tag);
  REQUIRE(got->entries.size() == 2);
  CHECK(got->entries[1].what.id == "m2");
  CHECK(got->entries[1].what.data == "{\"a\":1}");
  CHECK(got->entries[1].what.position == cursor{epoch, 2, tag_of("m2")});
  CHECK(got->begin == 1);
  CHECK(got->end == 2);
}

TEST_CASE("a log's reply names earlier epochs, those that lost something, and the entry asked for") {
  answer with;
  with.ends = bulk("abcdef0123000001:6 abcdef0123000102:9 nonsense :3 x:4 abcdef0123000203:");
  with.lost = bulk("abcdef0123000102:9");
  with.id_there = bulk("m0");
  with.taken_over = ":1\r\n";
  shard_stats counts;
  const auto got = read(with.bytes(), counts);
  REQUIRE(got);
  REQUIRE(got->state.ends.size() == 2);
  CHECK(got->state.ends[0].offset == 6);
  CHECK_FALSE(got->state.ends[0].lost_some);
  CHECK(got->state.ends[1].epoch == next_epoch);
  CHECK(got->state.ends[1].lost_some);
  CHECK(got->state.losses != 0);
  CHECK(got->state.losses == head_in("*4\r\n" + answer{}.head + with.lost)->losses);
  CHECK(got->state.tag == tag_of("m0"));
  CHECK(got->state.is_taken_over);
}

TEST_CASE("where there is no log, the reply says so") {
  answer with;
  with.head = nil + nil + nil;
  with.first = nil;
  with.entries = "*0\r\n";
  shard_stats counts;
  const auto got = read(with.bytes(), counts);
  REQUIRE(got);
  CHECK_FALSE(got->state.head);
  CHECK(got->entries.empty());
  CHECK(got->begin == 0);
}

TEST_CASE("an entry that is not herald's, or not in its place, is left out and counted, and reading goes beyond it") {
  answer with;
  with.entries = "*6\r\n" + bulk("1-0") + bulk("not ours") + bulk("2-0")
                 + bulk("herald1 abcdef0123000001 7 1000 0 m7\n1") + entry(3, "m3");
  shard_stats counts;
  const auto got = read(with.bytes(), counts);
  REQUIRE(got);
  REQUIRE(got->entries.size() == 1);
  CHECK(got->entries[0].what.id == "m3");
  CHECK(got->begin == 1);
  CHECK(got->end == 3);
  CHECK(counts.drop(drop_reason::bad_json).get() == 2);
}

TEST_CASE("what is not a log's reply is none") {
  shard_stats counts;
  CHECK_FALSE(read("*0\r\n", counts));
  CHECK_FALSE(read("+OK\r\n", counts));
  CHECK_FALSE(read("-ERR no such script\r\n", counts));
  answer with;
  with.head = bulk("zz") + bulk("2") + bulk("m2");
  CHECK_FALSE(read(with.bytes(), counts)->state.head);
}

TEST_CASE("a head alone is read the same way") {
  CHECK(head_in("*4\r\n" + answer{}.head + nil)->position == cursor{epoch, 2, tag_of("m2")});
  CHECK(head_in("*4\r\n" + answer{}.head + nil)->losses == 0);
  CHECK(head_in("*4\r\n" + bulk("abcdef0123000001") + bulk("2") + nil + nil)->position == cursor{epoch, 2, unknown_tag});
  CHECK_FALSE(head_in("*4\r\n" + nil + nil + nil + nil));
  CHECK_FALSE(head_in("*4\r\n" + bulk("abcdef0123000001") + bulk("-2") + nil + nil));
  CHECK_FALSE(head_in("*2\r\n" + nil + nil));
}

// -- positions of devices -----------------------------------------------------

TEST_CASE("a device's position is kept by channel, and never goes back within a log") {
  kept_positions kept;
  CHECK(kept.of("alice", "phone").empty());
  kept.keep("alice", "phone", "user:alice", {epoch, 5, 1});
  kept.keep("alice", "phone", "group:g", {epoch, 2, 1});
  kept.keep("alice", "phone", "user:alice", {epoch, 3, 1});
  const auto places = kept.of("alice", "phone");
  REQUIRE(places.size() == 2);
  CHECK(places[0] == std::pair<std::string, cursor>{"user:alice", {epoch, 5, 1}});
  kept.keep("alice", "phone", "user:alice", {std::uint64_t{7} << log_shift, 1, 1});
  CHECK(kept.of("alice", "phone")[0].second.offset == 1);
  CHECK(kept.of("alice", "tablet").empty());
  CHECK(kept.of("bob", "phone").empty());
}

TEST_CASE("of too many devices the one that was longest without a word is forgotten") {
  kept_positions kept;
  for (std::size_t i = 0; i < kept_positions::max_devices; ++i) kept.keep("u", std::to_string(i), "user:u", {epoch, 1, 1});
  kept.keep("u", "0", "user:u", {epoch, 2, 1});
  kept.keep("u", "another", "user:u", {epoch, 1, 1});
  CHECK(kept.of("u", "0").size() == 1);
  CHECK(kept.of("u", "1").empty());
  CHECK(kept.of("u", "another").size() == 1);
}
