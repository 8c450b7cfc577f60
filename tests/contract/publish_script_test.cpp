#include <doctest/doctest.h>

#include "backplane/redis/envelope.hpp"
#include "backplane/redis/scripts.hpp"
#include "tests/contract/support/redis_server.hpp"

#include <algorithm>
#include <stdexcept>

using namespace herald;
using namespace herald::contract;

/// Each branch of publish.lua, in a real Redis, without the bridge.
TEST_SUITE_BEGIN("publish.lua");

namespace {

const std::string log_key = "herald:log:{notification:42}";
const std::string meta_key = "herald:meta:{notification:42}";
const std::string epoch_a = "00000000000000aa";
const std::string epoch_b = "00000000000000bb";

struct call {
  std::string id = "id";
  std::string data = "{}";
  std::string durable = "1";
  std::string epoch = epoch_a;
  std::string entries = "3";
  std::string run = "run-1";
  std::string command = "PUBLISH";
  std::string marks;
};

std::string once_key(const std::string& id) { return "herald:once:{notification:42}:" + id; }

std::string run(redis_server& redis, const call& with) {
  return redis.command({"EVAL", std::string{backplane::text_of(backplane::script::publish)}, "3", log_key, meta_key, once_key(with.id),
                        "notification:42", with.id, with.data, with.durable, "1000", "0", with.epoch, with.entries,
                        "100", "10", with.command, with.marks, with.run});
}

}  // namespace

TEST_CASE("a new log begins with offset 1 and the given epoch, and the next one goes on") {
  redis_server redis;
  CHECK(run(redis, {.id = "a"}) == epoch_a + "|1|0");
  CHECK(run(redis, {.id = "b", .epoch = epoch_b}) == epoch_a + "|2|0");
  CHECK(redis.command({"HGETALL", meta_key}) == "epoch|" + epoch_a + "|offset|2|id|b|run|run-1");
}

TEST_CASE("an entry is what was published: the header line and the body untouched") {
  redis_server redis;
  run(redis, {.id = "a", .data = " {\"x\":\n1} "});
  auto payload = "herald1 " + epoch_a + " 1 1000 0 a\n {\"x\":\n1} ";
  CHECK(redis.command({"XRANGE", log_key, "-", "+"}) == "1-0|m|" + payload);
  auto read = backplane::parse_envelope(payload);
  REQUIRE(read);
  CHECK(read->position == cursor{0xaa, 1, tag_of("a")});
}

TEST_CASE("what few notifications have stands behind the id, and is read back") {
  redis_server redis;
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  run(redis, {.id = "a", .data = "{}", .marks = backplane::envelope_marks(true, parent)});
  const auto payload = "herald1 " + epoch_a + " 1 1000 0 a trace=1 traceparent=" + parent + "\n{}";
  CHECK(redis.command({"XRANGE", log_key, "-", "+"}) == "1-0|m|" + payload);
  const auto read = backplane::parse_envelope(payload);
  REQUIRE(read);
  CHECK(read->id == "a");
  CHECK(read->is_traced);
  CHECK(read->traceparent == parent);
}

TEST_CASE("an id that was seen gets the first receipt, and nothing is written") {
  redis_server redis;
  run(redis, {.id = "a"});
  run(redis, {.id = "b"});
  CHECK(run(redis, {.id = "a", .data = "other"}) == epoch_a + "|1|1");
  CHECK(redis.command({"XLEN", log_key}) == "2");
  CHECK(redis.command({"HGET", meta_key, "offset"}) == "2");
}

TEST_CASE("what is not durable leaves the log alone, and its id is remembered") {
  redis_server redis;
  CHECK(run(redis, {.id = "a", .durable = "0"}) == "-|0|0");
  CHECK(run(redis, {.id = "a", .durable = "0"}) == "-|0|1");
  CHECK(redis.command({"EXISTS", log_key, meta_key}) == "0");
}

TEST_CASE("the log keeps exactly so many entries, the newest") {
  redis_server redis;
  for (int i = 1; i <= 250; ++i) run(redis, {.id = std::to_string(i), .entries = "7"});
  CHECK(redis.command({"XLEN", log_key}) == "7");
  CHECK(redis.command({"XRANGE", log_key, "-", "+", "COUNT", "1"}).starts_with("244-0|"));
}

TEST_CASE("log, position and id expire; the position outlives the log") {
  redis_server redis;
  run(redis, {.id = "a"});
  CHECK(redis.command({"TTL", log_key}) == "100");
  CHECK(redis.command({"TTL", meta_key}) == "200");
  CHECK(redis.command({"TTL", once_key("a")}) == "10");
  redis.command({"EXPIRE", log_key, "5"});
  run(redis, {.id = "b"});
  CHECK(redis.command({"TTL", log_key}) == "100");
}

TEST_CASE("a lost position begins a new epoch, and the old entries go") {
  redis_server redis;
  for (int i = 1; i <= 3; ++i) run(redis, {.id = std::to_string(i)});
  redis.command({"DEL", meta_key});
  CHECK(run(redis, {.id = "x", .epoch = epoch_b}) == epoch_b + "|1|0");
  CHECK(redis.command({"XLEN", log_key}) == "1");
}

TEST_CASE("a lost log goes on at its position") {
  redis_server redis;
  run(redis, {.id = "a"});
  redis.command({"DEL", log_key});
  CHECK(run(redis, {.id = "b"}) == epoch_a + "|2|0");
}

TEST_CASE("offsets past 2^31 and 10^15 are written out in full") {
  redis_server redis;
  redis.command({"HSET", meta_key, "epoch", epoch_a, "offset", "1999999999999998"});
  CHECK(run(redis, {.id = "a"}) == epoch_a + "|1999999999999999|0");
  CHECK(run(redis, {.id = "b"}) == epoch_a + "|2000000000000000|0");
}

TEST_CASE("a foreign key in the way is an error that changes nothing") {
  redis_server redis;
  run(redis, {.id = "a"});
  redis.command({"SET", log_key, "mine"});
  CHECK_THROWS_AS(run(redis, {.id = "b"}), std::runtime_error);
  CHECK(redis.command({"HGET", meta_key, "offset"}) == "1");
  CHECK(redis.command({"EXISTS", once_key("b")}) == "0");
  CHECK(redis.command({"GET", log_key}) == "mine");
}

TEST_CASE("out of memory nothing at all is written") {
  redis_server redis;
  run(redis, {.id = "a"});
  redis.command({"CONFIG", "SET", "maxmemory", "1"});
  for (const auto* durable : {"1", "0"}) CHECK_THROWS_AS(run(redis, {.id = "b", .durable = durable}), std::runtime_error);
  redis.command({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(redis.command({"HGET", meta_key, "offset"}) == "1");
  CHECK(redis.command({"XLEN", log_key}) == "1");
  CHECK(redis.command({"EXISTS", once_key("b")}) == "0");
}

TEST_CASE("another server begins a new epoch of the same log, and says where the old one ended") {
  redis_server redis;
  const std::string first = "abcdef0123000011", other = "99999999990000ff";
  run(redis, {.id = "a", .epoch = first, .run = "run-1"});
  run(redis, {.id = "b", .epoch = first, .run = "run-1"});
  CHECK(redis.command({"HEXISTS", meta_key, "ends"}) == "0");
  CHECK(run(redis, {.id = "c", .epoch = other, .run = "run-2"}) == "abcdef01230001ff|3|0");
  CHECK(redis.command({"HMGET", meta_key, "epoch", "offset", "ends", "run"}) == "abcdef01230001ff|3|abcdef0123000011:2|run-2");
  CHECK(run(redis, {.id = "d", .epoch = first, .run = "run-2"}) == "abcdef01230001ff|4|0");
  CHECK(run(redis, {.id = "e", .epoch = first, .run = "run-1"}) == "abcdef0123000211|5|0");
  CHECK(redis.command({"HGET", meta_key, "ends"}) == "abcdef0123000011:2 abcdef01230001ff:4");
  CHECK(redis.command({"XLEN", log_key}) == "3");
}

TEST_CASE("without the server's name nothing is taken over, and the name that is known is kept") {
  redis_server redis;
  run(redis, {.id = "a", .run = "run-1"});
  CHECK(run(redis, {.id = "b", .run = "-"}) == epoch_a + "|2|0");
  CHECK(redis.command({"HGET", meta_key, "run"}) == "run-1");
  CHECK(run(redis, {.id = "c", .run = "run-1"}) == epoch_a + "|3|0");
  redis.command({"HDEL", meta_key, "run"});
  CHECK(run(redis, {.id = "d", .run = "run-2"}) == epoch_a + "|4|0");  // nobody knows who it was before
}

TEST_CASE("of earlier epochs the last 16 are remembered") {
  redis_server redis;
  for (int i = 0; i <= 20; ++i) run(redis, {.id = std::to_string(i), .epoch = "abcdef0123000011", .run = "run-" + std::to_string(i)});
  const auto ends = redis.command({"HGET", meta_key, "ends"});
  CHECK(std::count(ends.begin(), ends.end(), ':') == 16);
  CHECK(ends.starts_with("abcdef0123000411:5 "));
  CHECK(ends.ends_with(" abcdef0123001311:20"));
}

TEST_CASE("after 65,535 takeovers the log gets another name") {
  redis_server redis;
  redis.command({"HSET", meta_key, "epoch", "abcdef0123fffe11", "offset", "7", "run", "run-1"});
  CHECK(run(redis, {.id = "a", .epoch = epoch_b, .run = "run-2"}) == "abcdef0123ffffbb|8|0");
  CHECK(run(redis, {.id = "b", .epoch = epoch_b, .run = "run-3"}) == epoch_b + "|9|0");
}

TEST_CASE("what is only live begins no epoch, and a repeated id no new one") {
  redis_server redis;
  run(redis, {.id = "a", .run = "run-1"});
  CHECK(run(redis, {.id = "live", .durable = "0", .run = "run-2"}) == "-|0|0");
  CHECK(run(redis, {.id = "a", .run = "run-2"}) == epoch_a + "|1|1");
  CHECK(redis.command({"HGET", meta_key, "epoch"}) == epoch_a);
}

TEST_CASE("it is published as it is told to") {
  redis_server redis;
  CHECK(run(redis, {.id = "a", .command = "SPUBLISH"}) == epoch_a + "|1|0");
  CHECK(redis.command({"INFO", "commandstats"}).find("cmdstat_spublish:calls=1") != std::string::npos);
  run(redis, {.id = "b"});
  CHECK(redis.command({"INFO", "commandstats"}).find("cmdstat_publish:calls=1") != std::string::npos);
}

TEST_SUITE_END();
