#include "app/operator/recent_latency.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace std::chrono_literals;

namespace {

struct fixture {
  recent_latency::counts counts{};
  recent_latency latency;
  recent_latency::clock::time_point now{1h};

  void add(std::chrono::nanoseconds took, std::uint64_t times) {
    counts[static_cast<std::size_t>(std::ranges::lower_bound(latency_bounds, took) - latency_bounds.begin())] += times;
  }
  void pass(std::chrono::milliseconds time) { latency.see(counts, now += time); }
};

}  // namespace

TEST_SUITE("recent_latency") {

TEST_CASE_FIXTURE(fixture, "nothing is said where nothing was delivered") {
  CHECK_FALSE(latency.quantile(0.5));
  pass(0s);
  CHECK_FALSE(latency.quantile(0.5));
  pass(2s);
  CHECK_FALSE(latency.quantile(0.99));
}

TEST_CASE_FIXTURE(fixture, "a quantile lies in its bucket, spread evenly") {
  pass(0s);
  add(1ms, 50);  // (0, 1 ms]
  add(5ms, 50);  // (3, 5 ms]
  pass(2s);
  CHECK(latency.quantile(0.25) == 500);
  CHECK(latency.quantile(0.5) == 1000);
  CHECK(latency.quantile(0.75) == 4000);
  CHECK(latency.quantile(0.99) == 4960);
}

TEST_CASE_FIXTURE(fixture, "what is beyond the last bucket is said to be its bound") {
  pass(0s);
  add(1min, 3);
  pass(2s);
  CHECK(latency.quantile(0.5) == 10'000'000);
}

TEST_CASE_FIXTURE(fixture, "after ten seconds it is forgotten") {
  pass(0s);
  add(400ms, 10);
  pass(1s);
  for (int i = 0; i < 8; ++i) pass(1s);
  CHECK(latency.quantile(0.5));
  for (int i = 0; i < 3; ++i) pass(1s);
  CHECK_FALSE(latency.quantile(0.5));
  add(1ms, 1);
  pass(1s);
  CHECK(*latency.quantile(0.99) <= 1000);
}

TEST_CASE_FIXTURE(fixture, "who asks often does not shorten the window") {
  pass(0s);
  add(1ms, 10);
  pass(1s);
  for (int i = 0; i < 1000; ++i) pass(1ms);
  CHECK(latency.quantile(0.5));
}

}
