#include "actors/latency_meter.hpp"

#include "actors/directory.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

std::uint64_t all(const latency_meter& of) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < latency_meter::times::buckets; ++i) result += of.taken().count(i);
  return result;
}

}  // namespace

TEST_SUITE("latency_meter") {

TEST_CASE("what a turn delivered is measured when it is written, each delivery once") {
  latency_meter meter;
  CHECK_FALSE(meter.is_due());
  meter.delivered(1'000, 1);
  meter.delivered(1'000, 3);
  CHECK(meter.is_due());
  CHECK(all(meter) == 0);
  meter.written(1'004'000);
  CHECK_FALSE(meter.is_due());
  CHECK(all(meter) == 4);
  CHECK(meter.taken().count(3) == 4);  // (3, 5 ms]
  CHECK(meter.taken().sum() == 16ms);
}

TEST_CASE("one in 64 is looked at, and stands for those behind it") {
  latency_meter meter;
  for (int i = 0; i < 64; ++i) meter.delivered(1'000, 1);
  meter.delivered(990, 1);  // the next look
  meter.delivered(0, 1);    // stands behind it
  meter.written(1'000'000);
  CHECK(meter.taken().count(0) == 64);
  CHECK(meter.taken().count(5) == 2);  // (7.5, 10 ms]
}

TEST_CASE("however much a turn delivers, none is left out and nothing grows") {
  latency_meter meter;
  for (int i = 0; i < 100'000; ++i) meter.delivered(1'000, 2);
  meter.written(1'001'000);
  CHECK(all(meter) == 200'000);
}

TEST_CASE("what was accepted in this node's future took no time, and is said") {
  latency_meter meter;
  meter.delivered(2'000, 5);
  meter.delivered(2'000, 1);
  meter.written(1'000'000);
  CHECK(meter.ahead() == 6);
  CHECK(meter.taken().count(0) == 6);
  CHECK(meter.taken().sum() == 0ns);
}

TEST_CASE("a session's live deliveries are measured, what it reads from the log is not") {
  world w;
  const auto who = w.spawn<directory>(w.bridge(), w.rules());
  const auto phone = make_link();
  const auto alice = channel::user("alice");
  w.tell(who, connection("alice", phone));
  w.tell(who, channel_changed{{alice, true, cursor{1, 7, 0}}});
  w.tell(who, channel_changed{{channel::broadcast(), true, cursor{1, 3, 0}}});
  auto& meter = w.home().latencies();
  CHECK_FALSE(meter.is_due());
  w.tell(who, deliver{caf::make_counted<const batch>(alice, std::vector{notification{cursor{1, 8, 0}, "x", 1'000, "1"}, notification{cursor{1, 9, 0}, "y", 2'000, "2"}})});
  REQUIRE(meter.is_due());
  meter.written(1'002'000);
  CHECK(all(meter) == 2);
  CHECK(meter.taken().count(1) == 2);  // as the first of the run, which waited longest
}

}
