#include "actors/departure.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace std::chrono_literals;

namespace {

const departure::clock::time_point begin{1h};

}  // namespace

TEST_SUITE("departure") {

TEST_CASE("many sessions leave evenly over the whole window") {
  const departure of{10'000, {40s, 50}, begin};
  CHECK(of.due(10'000, begin) == 0);
  CHECK(of.due(10'000, begin + 4s) == 1000);
  CHECK(of.due(9'000, begin + 4s) == 0);
  CHECK(of.due(9'000, begin + 20s) == 4000);
  CHECK(of.due(10, begin + 40s) == 10);
}

TEST_CASE("few sessions don't take the whole window") {
  const departure_pace pace{40s, 50};
  CHECK(pace.time_for(100) == 2s);
  CHECK(pace.time_for(1) == 20ms);
  CHECK(pace.time_for(0) == 0s);
  CHECK(pace.time_for(2000) == 40s);
  CHECK(pace.time_for(2001) == 40s);
}

TEST_CASE("who left by himself makes room for the others to stay") {
  const departure of{1000, {20s, 1}, begin};
  CHECK(of.due(400, begin + 10s) == 0);
  CHECK(of.due(501, begin + 10s) == 1);
}

TEST_CASE("those who come meanwhile have to fit into the time that is left") {
  const departure of{1000, {20s, 1}, begin};
  CHECK(of.due(1100, begin + 10s) == 600);
}

TEST_CASE("without a window all leave at once") {
  const departure of{1000, {0s, 50}, begin};
  CHECK(of.is_over(begin));
  CHECK(of.due(1000, begin) == 1000);
}

}
