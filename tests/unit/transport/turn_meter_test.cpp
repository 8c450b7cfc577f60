#include "transport/ping_watch.hpp"
#include "transport/turn_meter.hpp"

#include <doctest/doctest.h>

using namespace herald::transport;
using namespace std::chrono_literals;

TEST_SUITE("turn_meter") {

TEST_CASE("a turn's length is what it worked, not what it waited") {
  turn_meter turns;
  turns.begin(1'000);
  turns.pause(51'000);
  turns.resume(9'000'000);
  turns.end(9'010'000);
  CHECK(turns.last() == 60us);
  CHECK(turns.lengths().highest() == 60us);
  turns.begin(10'000'000);
  turns.end(10'001'000);
  CHECK(turns.last() == 1us);
  CHECK(turns.lengths().highest() == 60us);
  CHECK(turns.lengths().sum() == 61us);
}

TEST_CASE("each is counted where it belongs, a bound itself included") {
  duration_histogram times;
  for (const auto ns : {0ns, 30'000ns, 30'001ns, 100'000ns}) times.add(ns.count());
  times.add(std::chrono::nanoseconds{1min}.count());
  CHECK(times.count(0) == 2);
  CHECK(times.count(1) == 2);
  CHECK(times.count(duration_histogram::bounds.size()) == 1);
  CHECK(times.highest() == 1min);
}

TEST_CASE("lags are apart from lengths") {
  turn_meter turns;
  turns.was_late(5'000'000);
  CHECK(turns.lags().highest() == 5ms);
  CHECK(turns.lengths().highest() == 0ns);
}

}

TEST_SUITE("ping_watch") {

TEST_CASE("a ping that is answered has a round trip") {
  kept_pings pings;
  CHECK_FALSE(pings.round_trip());
  pings.wrote(std::string_view{"\x89\x00", 2});
  CHECK_FALSE(pings.round_trip());
  pings.answered();
  REQUIRE(pings.round_trip());
  CHECK(*pings.round_trip() < 10s);
}

TEST_CASE("a pong that nobody asked for says nothing, and other frames are no pings") {
  kept_pings pings;
  pings.answered();
  CHECK_FALSE(pings.round_trip());
  for (const auto* frame : {"HTTP/1.1 101", "\x8a", "\x88", "\x81", ""}) pings.wrote(frame);
  pings.answered();
  CHECK_FALSE(pings.round_trip());
}

}
