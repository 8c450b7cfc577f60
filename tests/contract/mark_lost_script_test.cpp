#include <doctest/doctest.h>

#include "backplane/redis/scripts.hpp"
#include "tests/contract/support/redis_server.hpp"

using namespace herald;
using namespace herald::contract;

/// Each branch of mark_lost.lua, in a real Redis, without the bridge.
TEST_SUITE_BEGIN("mark_lost.lua");

namespace {

const std::string meta = "herald:meta:{notification:42}";
const std::string first = "abcdef0123000011";     ///< A log …
const std::string second = "abcdef0123000122";    ///< … after one takeover, …
const std::string other = "abcdef0123000133";     ///< … and after one by a server that nobody here knew.
const std::string stranger = "1234567890000044";  ///< Another log.
const std::string fresh = "99999999990000ee";

std::string mark(redis_server& redis, const std::string& epoch, const std::string& offset) {
  return redis.command({"EVAL", std::string{backplane::text_of(backplane::script::mark_lost)}, "1", meta, epoch, offset, fresh,
                        "100", "notification:42", "PUBLISH", "run-2"});
}

void log_is(redis_server& redis, const std::string& epoch, const std::string& offset, const std::string& ends = {}) {
  redis.command({"HSET", meta, "epoch", epoch, "offset", offset, "id", "last", "run", "run-1"});
  if (!ends.empty()) redis.command({"HSET", meta, "ends", ends});
}

std::string field(redis_server& redis, const std::string& name) { return redis.command({"HGET", meta, name}); }

}  // namespace

TEST_CASE("what is in the log is not lost") {
  redis_server redis;
  log_is(redis, second, "9", first + ":5");
  CHECK(mark(redis, second, "9") == "0");
  CHECK(mark(redis, first, "5") == "0");
  CHECK(field(redis, "lost") == "(nil)");
  CHECK(field(redis, "epoch") == second);
}

TEST_CASE("beyond the end of the current epoch: it ends there, and another one begins at once") {
  redis_server redis;
  log_is(redis, first, "5");
  CHECK(mark(redis, first, "9") == "1");
  CHECK(field(redis, "epoch") == "abcdef01230001ee");
  CHECK(field(redis, "offset") == "5");
  CHECK(field(redis, "ends") == first + ":5");
  CHECK(field(redis, "lost") == first + ":9");
  CHECK(field(redis, "run") == "run-2");
  CHECK(redis.command({"TTL", meta}) == "100");
  CHECK(mark(redis, first, "9") == "0");
  CHECK(mark(redis, first, "7") == "0");
}

TEST_CASE("beyond the end of an earlier epoch: whoever has read the one since was not told either, so that it ends as well") {
  redis_server redis;
  log_is(redis, second, "9", first + ":5");
  CHECK(mark(redis, first, "7") == "1");
  CHECK(field(redis, "lost") == first + ":7 " + second + ":9");
  CHECK(field(redis, "epoch") == "abcdef01230002ee");
  CHECK(field(redis, "offset") == "9");
  CHECK(field(redis, "ends") == first + ":5 " + second + ":9");
  CHECK(mark(redis, first, "7") == "0");
  CHECK(mark(redis, first, "8") == "1");
  CHECK(field(redis, "epoch") == "abcdef01230003ee");
}

TEST_CASE("where no log is left it has ended before its first entry") {
  redis_server redis;
  CHECK(mark(redis, first, "3") == "1");
  CHECK(field(redis, "epoch") == "abcdef01230001ee");
  CHECK(field(redis, "offset") == "0");
  CHECK(field(redis, "ends") == first + ":0");
  CHECK(field(redis, "lost") == first + ":3");
}

TEST_CASE("where another log is in its place, that one goes on, and knows of the loss") {
  redis_server redis;
  log_is(redis, stranger, "4", "1234567890000033:2");
  CHECK(mark(redis, first, "3") == "1");
  CHECK(field(redis, "epoch") == stranger);
  CHECK(field(redis, "ends") == first + ":0 1234567890000033:2");
  CHECK(field(redis, "lost") == first + ":3");
}

TEST_CASE("of a server that took over in between, and that nobody here knew: the epoch before it has lost something") {
  redis_server redis;
  log_is(redis, first, "5");
  CHECK(mark(redis, other, "7") == "1");
  CHECK(field(redis, "ends") == first + ":5");
  CHECK(field(redis, "lost") == first + ":7");
  redis.command({"DEL", meta});
  log_is(redis, second, "9", first + ":5");
  CHECK(mark(redis, other, "7") == "1");
  CHECK(field(redis, "epoch") == "abcdef01230002ee");
  CHECK(field(redis, "lost") == first + ":7 " + second + ":9");
}

TEST_CASE("an epoch from before all that is known says nothing") {
  redis_server redis;
  log_is(redis, second, "9");
  CHECK(mark(redis, first, "20") == "0");
  CHECK(field(redis, "lost") == "(nil)");
}

TEST_SUITE_END();
