#include "actors/fan_list.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;

namespace {

struct fixture {
  world w;
  notes heard;
  user_router_actor a = w.spawn<fake_router>(heard), b = w.spawn<fake_router>(heard), c = w.spawn<fake_router>(heard);
  fan_list list;

  /// The names of those that fan-out `number` reaches from `from` on, going over at most `most` places.
  std::string reached(std::uint64_t number, fan_list::place& from, std::size_t most = 100) {
    std::string names;
    from = list.for_each(number, from, most, [&](const user_router_actor& who) { names += who == a ? 'a' : who == b ? 'b' : 'c'; });
    return names;
  }

  std::string reached(std::uint64_t number) {
    fan_list::place from = 0;
    return reached(number, from);
  }
};

}  // namespace

TEST_SUITE("fan_list") {

TEST_CASE_FIXTURE(fixture, "a fan-out reaches each member once") {
  list.add(a), list.add(b), list.add(c);
  CHECK(reached(list.begin_fan_out()) == "abc");
  CHECK_FALSE(list.empty());
}

TEST_CASE_FIXTURE(fixture, "slices together reach each member once") {
  list.add(a), list.add(b), list.add(c);
  auto number = list.begin_fan_out();
  fan_list::place from = 0;
  CHECK(reached(number, from, 2) == "ab");
  CHECK_FALSE(list.is_end(from));
  CHECK(reached(number, from, 2) == "c");
  CHECK(list.is_end(from));
}

TEST_CASE_FIXTURE(fixture, "a newcomer does not get a fan-out that had begun, wherever it sits, and gets the next") {
  auto place_of_a = list.add(a);
  list.add(b);
  auto before = list.begin_fan_out();
  list.remove(place_of_a);
  CHECK(list.add(c) == place_of_a);  // the place is used again
  CHECK(reached(before) == "b");
  CHECK(reached(list.begin_fan_out()) == "cb");
}

TEST_CASE_FIXTURE(fixture, "one that left gets nothing more, and the others keep their places") {
  list.add(a), list.add(b), list.add(c);
  auto number = list.begin_fan_out();
  fan_list::place from = 0;
  CHECK(reached(number, from, 1) == "a");
  CHECK(list.remove(b));
  CHECK_FALSE(list.remove(b));
  CHECK(reached(number, from) == "c");
}

TEST_CASE_FIXTURE(fixture, "it is empty once everybody has left") {
  CHECK(list.empty());
  auto place = list.add(a);
  list.add(b);
  list.remove(place);
  list.remove(b);
  CHECK(list.empty());
  CHECK(reached(list.begin_fan_out()).empty());
}

}
