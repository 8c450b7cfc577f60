#include "actors/notification.hpp"

#include "tests/support/world.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace herald;
using herald::test::run_of;

TEST_SUITE("notification") {

TEST_CASE("a run is encoded once for each protocol and its bytes are shared") {
  auto run = run_of(channel::user("42"), 1, {"a", "b"}).run;
  int encodings = 0;
  auto encode = [&](const batch& of) {
    ++encodings;
    return std::to_string(of.items().size());
  };
  auto first = run->encoded(0, encode);
  auto second = run->encoded(0, encode);
  CHECK(first->str() == "2");
  CHECK(first == second);
  CHECK(encodings == 1);
  auto other_protocol = run->encoded(1, [](const batch&) { return std::string{"x"}; });
  CHECK(other_protocol->str() == "x");
  run.reset();
  CHECK(first->str() == "2");
}

TEST_CASE("two shards that encode at once end up with the same bytes") {
  for (int round = 0; round < 50; ++round) {
    auto run = run_of(channel::broadcast(), 1, {"a"}).run;
    shared_bytes_ptr got[2];
    std::thread other{[&] { got[0] = run->encoded(0, [](const batch&) { return std::string{"bytes"}; }); }};
    got[1] = run->encoded(0, [](const batch&) { return std::string{"bytes"}; });
    other.join();
    CHECK(got[0] == got[1]);
    CHECK(got[0]->str() == "bytes");
  }
}

TEST_CASE("a run's position is that of its last item that has one") {
  CHECK(run_of(channel::user("42"), 5, {"a", "b"}).run->last_position() == cursor{1, 6, 0});
  CHECK_FALSE(run_of(channel::user("42"), 0, {"a", "b"}).run->last_position());
  notification durable, live;
  durable.position = cursor{1, 7, 0};
  batch mixed{channel::user("42"), {durable, live}};
  CHECK(mixed.last_position() == cursor{1, 7, 0});
}

TEST_CASE("a run's size is that of its data") {
  CHECK(run_of(channel::user("42"), 1, {"abc", "", "de"}).run->data_bytes() == 5);
}

}
