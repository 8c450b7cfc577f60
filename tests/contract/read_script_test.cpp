#include <doctest/doctest.h>

#include "backplane/redis/scripts.hpp"
#include "tests/contract/support/redis_server.hpp"

using namespace herald;
using namespace herald::contract;

/// Each branch of read.lua, in a real Redis, without the bridge.
TEST_SUITE_BEGIN("read.lua");

namespace {

const std::string log_key = "herald:log:{notification:42}";
const std::string meta_key = "herald:meta:{notification:42}";
const std::string epoch = "00000000000000aa";

std::string payload(std::uint64_t offset, const std::string& id, const std::string& data = "{}") {
  return "herald1 " + epoch + ' ' + std::to_string(offset) + " 1000 0 " + id + '\n' + data;
}

void add(redis_server& redis, std::uint64_t offset, const std::string& data = "{}") {
  const auto id = "m" + std::to_string(offset);
  redis.command({"XADD", log_key, std::to_string(offset) + "-0", "m", payload(offset, id, data)});
  redis.command({"HSET", meta_key, "epoch", epoch, "offset", std::to_string(offset), "id", id, "run", "run-1"});
}

std::string read(redis_server& redis, const std::string& after, const std::string& entries = "10", const std::string& bytes = "100000",
                 const std::string& run = "run-1") {
  return redis.command({"EVAL", std::string{backplane::text_of(backplane::script::read)}, "2", log_key, meta_key, after, entries,
                        bytes, run});
}

/// What comes before the entries, where nothing was taken over or lost.
std::string state(const std::string& offset, const std::string& first, const std::string& there) {
  return epoch + '|' + offset + "|m" + offset + "|(nil)|" + first + '|' + there + "|0|(nil)|";
}

std::string entry(std::uint64_t offset) { return std::to_string(offset) + "-0|" + payload(offset, "m" + std::to_string(offset)); }

}  // namespace

TEST_CASE("where there is no log everything is nil") {
  redis_server redis;
  CHECK(read(redis, "0") == "(nil)|(nil)|(nil)|(nil)|(nil)|(nil)|0|(nil)|");
  CHECK(read(redis, "7") == "(nil)|(nil)|(nil)|(nil)|(nil)|(nil)|0|(nil)|");
}

TEST_CASE("a log whose entries have gone still says where it ends") {
  redis_server redis;
  add(redis, 1);
  redis.command({"DEL", log_key});
  CHECK(read(redis, "0") == state("1", "(nil)", "(nil)"));
  CHECK(read(redis, "1") == state("1", "(nil)", "(nil)"));
}

TEST_CASE("what follows comes in order, with the id of the entry that it follows") {
  redis_server redis;
  for (std::uint64_t i = 1; i <= 3; ++i) add(redis, i);
  CHECK(read(redis, "0") == state("3", "1-0", "(nil)") + entry(1) + '|' + entry(2) + '|' + entry(3));
  CHECK(read(redis, "2") == state("3", "1-0", "m2") + entry(3));
  CHECK(read(redis, "3") == state("3", "1-0", "m3"));
  CHECK(read(redis, "4") == state("3", "1-0", "(nil)"));
}

TEST_CASE("of a trimmed log the first entry that is kept is named") {
  redis_server redis;
  for (std::uint64_t i = 1; i <= 5; ++i) add(redis, i);
  redis.command({"XTRIM", log_key, "MAXLEN", "2"});
  CHECK(read(redis, "1") == state("5", "4-0", "(nil)") + entry(4) + '|' + entry(5));
}

TEST_CASE("a page has so many entries at most, and so many bytes, but one in any case") {
  redis_server redis;
  for (std::uint64_t i = 1; i <= 100; ++i) add(redis, i);
  CHECK(read(redis, "0", "2") == state("100", "1-0", "(nil)") + entry(1) + '|' + entry(2));
  const auto size = payload(10, "m10").size();
  CHECK(read(redis, "9", "10", std::to_string(size * 3)) == state("100", "1-0", "m9") + entry(10) + '|' + entry(11) + '|' + entry(12));
  CHECK(read(redis, "9", "10", "1") == state("100", "1-0", "m9") + entry(10));
  const auto many = read(redis, "0", "1000");  // more than are fetched at once
  CHECK(many.ends_with(entry(100)));
  CHECK(many.find(entry(33) + '|' + entry(34)) != std::string::npos);
}

TEST_CASE("another server that has written last is noticed, unless this one's name is not known") {
  redis_server redis;
  add(redis, 1);
  const auto taken_over = [&](const std::string& run) { return read(redis, "1", "10", "1000", run).ends_with("|m1|1|(nil)|"); };
  CHECK_FALSE(taken_over("run-1"));
  CHECK(taken_over("run-2"));
  CHECK_FALSE(taken_over("-"));
  redis.command({"HDEL", meta_key, "run"});
  CHECK_FALSE(taken_over("run-2"));
}

TEST_CASE("earlier epochs, and what is known to be lost of them, come as they are kept") {
  redis_server redis;
  add(redis, 1);
  redis.command({"HSET", meta_key, "ends", "00000000000000a9:1", "lost", "00000000000000a9:3"});
  CHECK(read(redis, "1") == epoch + "|1|m1|00000000000000a9:1|1-0|m1|0|00000000000000a9:3|");
}

TEST_CASE("an entry of somebody else's is given as it is, in whatever field") {
  redis_server redis;
  add(redis, 1);
  redis.command({"XADD", log_key, "2-0", "other", "what is this"});
  redis.command({"HSET", meta_key, "offset", "2", "id", "m2"});
  CHECK(read(redis, "1") == state("2", "1-0", "m1") + "2-0|what is this");
  CHECK(read(redis, "2") == state("2", "1-0", "(nil)"));
}

TEST_CASE("offsets beyond 2^31 and 10^15 are found") {
  redis_server redis;
  const std::uint64_t far = 2'000'000'000'000'000;
  add(redis, far);
  add(redis, far + 1);
  CHECK(read(redis, std::to_string(far)) == state(std::to_string(far + 1), std::to_string(far) + "-0", "m" + std::to_string(far)) + entry(far + 1));
  const std::uint64_t near = 5'000'000'000;
  CHECK(read(redis, std::to_string(near)).find(entry(far)) != std::string::npos);
}

TEST_SUITE_END();
