#include "actors/message_id.hpp"
#include "actors/random.hpp"

#include "actors/channel.hpp"

#include <doctest/doctest.h>

#include <set>
#include <thread>

using namespace herald;
using namespace std::chrono_literals;

TEST_SUITE("random") {

TEST_CASE("jitter stays below its bound and spreads over it") {
  std::set<std::int64_t> seen;
  for (int i = 0; i < 2000; ++i) {
    auto some = jitter(1000ms);
    CHECK(some >= 0ms);
    CHECK(some < 1000ms);
    seen.insert(some.count() / 100);
  }
  CHECK(seen.size() == 10);
  CHECK(jitter(0ms) == 0ms);
  CHECK(jitter(-5ms) == 0ms);
}

TEST_CASE("message ids are valid ids and differ, on other threads too") {
  std::set<std::string> ids;
  std::string elsewhere;
  std::thread{[&] { elsewhere = make_message_id(); }}.join();
  ids.insert(elsewhere);
  for (int i = 0; i < 1000; ++i) ids.insert(make_message_id());
  CHECK(ids.size() == 1001);
  for (const auto& id : ids) CHECK(is_valid_id(id));
}

}
