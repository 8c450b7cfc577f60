#include "chaos/experience.hpp"

#include <doctest/doctest.h>

using namespace herald::load;

namespace {

constexpr nanos start = 1000 * second;

constexpr nanos in_ms(std::uint64_t ms) {
  return start + static_cast<nanos>(ms) * millisecond;
}

} // namespace

TEST_CASE("nothing counts before the first stretch, and nothing between stretches") {
  experience all{2};
  all.notified(0, in_ms(0));
  all.came_back(0, in_ms(1));
  all.begin(in_ms(100));
  all.end(in_ms(200));
  all.failed(in_ms(300));
  REQUIRE(all.stretches().size() == 1);
  CHECK(all.stretches()[0].reconnects == 0);
  CHECK(all.stretches()[0].failed_attempts == 0);
  CHECK(all.stretches()[0].silence_max == 100 * millisecond);
}

TEST_CASE("each client's longest silence, and how many came back how often") {
  experience all{100};
  all.begin(in_ms(0));
  for (session_id who = 0; who < 100; ++who) {
    all.notified(who, in_ms(100));
    all.notified(who, in_ms(who == 7 ? 900 : 150));
    all.notified(who, in_ms(900));
  }
  all.came_back(7, in_ms(500));
  all.came_back(7, in_ms(600));
  all.came_back(8, in_ms(600));
  all.end(in_ms(1000));
  const auto& seen = all.stretches()[0];
  CHECK(seen.silence_p50 == 750 * millisecond);
  CHECK(seen.silence_p99 == 800 * millisecond);
  CHECK(seen.silence_max == 800 * millisecond);
  CHECK(seen.reconnects == 3);
  CHECK(seen.clients_by_reconnects == std::vector<std::uint64_t>{98, 1, 1});
}

TEST_CASE("a silence that goes on at a stretch's end counts in it, and all of it where it ends") {
  experience all{1};
  all.begin(in_ms(0));
  all.notified(0, in_ms(100));
  all.begin(in_ms(400));
  all.notified(0, in_ms(900));
  all.end(in_ms(900));
  CHECK(all.stretches()[0].silence_max == 300 * millisecond);
  CHECK(all.stretches()[1].silence_max == 800 * millisecond);
}

TEST_CASE("the busiest second is wherever it begins, and of its own stretch") {
  experience all{10};
  all.begin(in_ms(0));
  for (int n = 0; n < 5; ++n)
    all.came_back(0, in_ms(800));
  for (int n = 0; n < 4; ++n)
    all.came_back(1, in_ms(1500));
  all.came_back(2, in_ms(1900));
  all.begin(in_ms(3000));
  all.came_back(0, in_ms(3100));
  all.end(in_ms(9000));
  CHECK(all.stretches()[0].busiest_second == 9);
  CHECK(all.stretches()[1].busiest_second == 1);
  CHECK(all.moments()[8].reconnects == 5);
}
