#include "transport/limits/token_bucket.hpp"

#include <doctest/doctest.h>

using namespace herald::transport;
using namespace std::chrono_literals;

namespace {

/// Any time: only differences count.
const token_bucket::time_point begin{1000h};

/// How many of `tries` pass at this time.
int taken(token_bucket& from, const rate_limit& limit, token_bucket::time_point now, int tries) {
  int result = 0;
  for (int i = 0; i < tries; ++i) result += from.try_take(limit, now) == 0ns ? 1 : 0;
  return result;
}

}  // namespace

TEST_SUITE("token_bucket") {

TEST_CASE("a full bucket lets a burst through, then as many as the rate says") {
  const rate_limit limit{10, 5};
  token_bucket bucket;
  CHECK(taken(bucket, limit, begin, 20) == 5);
  CHECK(taken(bucket, limit, begin + 99ms, 20) == 0);
  CHECK(taken(bucket, limit, begin + 100ms, 20) == 1);
  CHECK(taken(bucket, limit, begin + 400ms, 20) == 3);
  CHECK(taken(bucket, limit, begin + 1h, 20) == 5);
}

TEST_CASE("it says how long to wait, and not a moment more") {
  const rate_limit limit{10, 2};
  token_bucket bucket;
  CHECK(taken(bucket, limit, begin, 2) == 2);
  CHECK(bucket.try_take(limit, begin) == 100ms);
  CHECK(bucket.try_take(limit, begin + 60ms) == 40ms);
  CHECK(bucket.try_take(limit, begin + 100ms) == 0ns);
}

TEST_CASE("several are taken together or not at all") {
  const rate_limit limit{10, 5};
  token_bucket bucket;
  CHECK(bucket.try_take(limit, begin, 4) == 0ns);
  CHECK(bucket.try_take(limit, begin, 4) == 300ms);
  CHECK(bucket.try_take(limit, begin, 1) == 0ns);
  CHECK(bucket.try_take(limit, begin + 1h, 6) > 0ns);
}

TEST_CASE("without a burst of its own, a second's worth passes at once") {
  token_bucket bucket;
  CHECK(taken(bucket, {7, 0}, begin, 20) == 7);
}

TEST_CASE("a rate of 0 is no limit") {
  token_bucket bucket;
  CHECK(taken(bucket, {}, begin, 1000) == 1000);
  CHECK(bucket.take({}, begin, 1'000'000) == 0ns);
}

TEST_CASE("a debt is paid by waiting, and never grows beyond ten bursts") {
  const rate_limit limit{100, 10};
  token_bucket bucket;
  CHECK(bucket.take(limit, begin, 10) == 0ns);
  CHECK(bucket.take(limit, begin, 5) == 50ms);
  CHECK(bucket.take(limit, begin, 1'000'000'000) == 1s);
  CHECK_FALSE(bucket.is_full(begin));
  CHECK(bucket.is_full(begin + 1100ms));
}

TEST_CASE("the largest rates and bursts do not overflow") {
  token_bucket bucket;
  const rate_limit fast{1'000'000'000, 1'000'000'000};
  CHECK(bucket.try_take(fast, begin, 1'000'000'000) == 0ns);
  CHECK(bucket.try_take(fast, begin, 1) == 1ns);
  token_bucket slow_bucket;
  const rate_limit slow{1, 1'000'000'000};
  CHECK(slow_bucket.try_take(slow, begin, 1'000'000'000) == 0ns);
  CHECK(slow_bucket.try_take(slow, begin, 1) == 1s);
}

}
