#include <doctest/doctest.h>

#include "backplane/redis/scripts.hpp"
#include "tests/contract/support/redis_server.hpp"

using namespace herald;
using namespace herald::contract;

/// Each branch of acknowledge.lua, in a real Redis, without the bridge.
TEST_SUITE_BEGIN("acknowledge.lua");

namespace {

const std::string key = "herald:positions:{notification:42}:phone";

std::string acknowledge(redis_server& redis, const std::string& cursor, const std::string& channel = "user", const std::string& age = "100") {
  return redis.command({"EVAL", std::string{backplane::text_of(backplane::script::acknowledge)}, "1", key, channel, cursor, age, "-"});
}

std::string kept(redis_server& redis, const std::string& channel = "user") { return redis.command({"HGET", key, channel}); }

}  // namespace

TEST_CASE("a position is kept, goes forward, and never back") {
  redis_server redis;
  CHECK(acknowledge(redis, "abcdef0123000011.5.a") == "1");
  CHECK(acknowledge(redis, "abcdef0123000011.10.b") == "1");
  CHECK(kept(redis) == "abcdef0123000011.10.b");
  CHECK(acknowledge(redis, "abcdef0123000011.9.c") == "0");
  CHECK(acknowledge(redis, "abcdef0123000011.10.c") == "0");
  CHECK(kept(redis) == "abcdef0123000011.10.b");
}

TEST_CASE("each channel has a position of its own") {
  redis_server redis;
  acknowledge(redis, "abcdef0123000011.5.a");
  CHECK(acknowledge(redis, "abcdef0123000011.2.a", "group:g1") == "1");
  CHECK(kept(redis) == "abcdef0123000011.5.a");
  CHECK(kept(redis, "group:g1") == "abcdef0123000011.2.a");
}

TEST_CASE("after a takeover a lower offset is further") {
  redis_server redis;
  acknowledge(redis, "abcdef0123000011.9.a");
  CHECK(acknowledge(redis, "abcdef0123000122.7.a") == "1");
  CHECK(kept(redis) == "abcdef0123000122.7.a");
  CHECK(acknowledge(redis, "abcdef0123000011.20.a") == "0");
  CHECK(kept(redis) == "abcdef0123000122.7.a");
}

TEST_CASE("of another log any position is new") {
  redis_server redis;
  acknowledge(redis, "abcdef0123000011.9.a");
  CHECK(acknowledge(redis, "1.1.a") == "1");
  CHECK(kept(redis) == "1.1.a");
}

TEST_CASE("an epoch may be written without its zeros") {
  redis_server redis;
  acknowledge(redis, "123000011.9.a");
  CHECK(acknowledge(redis, "0000000123000011.8.a") == "0");
  CHECK(acknowledge(redis, "0000000123000011.10.a") == "1");
}

TEST_CASE("what was kept and makes no sense gives way") {
  redis_server redis;
  redis.command({"HSET", key, "user", "garbage"});
  CHECK(acknowledge(redis, "abcdef0123000011.1.a") == "1");
  CHECK(kept(redis) == "abcdef0123000011.1.a");
}

TEST_CASE("the log's start is kept as it is, and gives way to any position") {
  redis_server redis;
  CHECK(acknowledge(redis, "0") == "1");
  CHECK(acknowledge(redis, "abcdef0123000011.1.a") == "1");
  CHECK(kept(redis) == "abcdef0123000011.1.a");
}

TEST_CASE("positions expire so long after the last word of them, even one that changes nothing") {
  redis_server redis;
  acknowledge(redis, "abcdef0123000011.5.a");
  CHECK(redis.command({"TTL", key}) == "100");
  redis.command({"EXPIRE", key, "5"});
  acknowledge(redis, "abcdef0123000011.4.a");
  CHECK(redis.command({"TTL", key}) == "100");
}

TEST_SUITE_END();
