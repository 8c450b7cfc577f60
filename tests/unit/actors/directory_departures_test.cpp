#include "actors/directory.hpp"

#include "tests/support/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

/// A shard with users who have a session each, all welcomed.
struct fixture {
  world w;
  directory_actor who = w.spawn<directory>(w.bridge(), w.rules());
  std::vector<recording_link_ptr> clients;

  void come(std::size_t count, std::int64_t since_ms = 0) {
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(make_link());
      const auto name = "u" + std::to_string(clients.size());
      auto newcomer = std::make_shared<hello>();
      newcomer->user = name;
      newcomer->since_ms = since_ms;
      newcomer->out = clients.back();
      w.tell(who, connect{std::move(newcomer)});
      w.tell(who, channel_changed{{channel::user(name), true, {}}});
      w.tell(who, channel_changed{{channel::broadcast(), true, {}}});
      clients.back()->take();
    }
  }

  /// How many were told to go so far, and why.
  std::size_t told(close_reason why) {
    return static_cast<std::size_t>(std::ranges::count_if(clients, [&](const auto& x) { return x->is_closed_for(why); }));
  }

  void advance(std::chrono::milliseconds by) {
    for (auto step = 50ms; by > 0ms; by -= step) {
      w.home().advance(step);
      w.advance(step);
    }
  }
};

constexpr auto drained = close_reason::drain;
constexpr auto moved = close_reason::rebalance;

}  // namespace

TEST_SUITE("directory departures") {

TEST_CASE_FIXTURE(fixture, "sessions are told to go evenly over the window, and all by its end") {
  come(100);
  w.tell(who, send_away{{10s, 1}, 1s});
  CHECK(told(drained) == 0);
  advance(2s);
  CHECK(told(drained) == 20);
  advance(3s);
  CHECK(told(drained) == 50);
  advance(5s);
  CHECK(told(drained) == 100);
}

TEST_CASE_FIXTURE(fixture, "it is not the oldest who go first") {
  come(100);
  w.tell(who, send_away{{10s, 1}, 1s});
  advance(5s);
  const auto half = clients.begin() + 50;
  const auto of_older = std::count_if(clients.begin(), half, [](const auto& x) { return x->is_closed_for(drained); });
  CHECK(of_older > 10);
  CHECK(of_older < 40);
}

TEST_CASE_FIXTURE(fixture, "who comes while others leave is served, and told to go before the end") {
  come(100);
  w.tell(who, send_away{{10s, 1}, 1s});
  advance(5s);
  come(10);
  CHECK(w.home().sessions().size() == 60);
  advance(5s);
  CHECK(told(drained) == 110);
}

TEST_CASE_FIXTURE(fixture, "who comes after the window is told to go at once") {
  come(1);
  w.tell(who, send_away{{10s, 1}, 1s});
  advance(10s);
  auto late = make_link();
  w.tell(who, connection("late", late));
  CHECK(late->is_closed_for(drained));
}

TEST_CASE_FIXTURE(fixture, "those who were not told stay when they may after all, and newcomers are served") {
  come(100);
  w.tell(who, send_away{{10s, 1}, 1s});
  advance(5s);
  w.tell(who, let_stay{});
  advance(10s);
  CHECK(told(drained) == 50);
  come(1);
  CHECK(w.home().sessions().size() == 51);
}

TEST_CASE_FIXTURE(fixture, "a second order replaces the first") {
  come(100);
  w.tell(who, send_away{{100s, 1}, 1s});
  advance(1s);
  w.tell(who, send_away{{0s, 1}, 1s});
  CHECK(told(drained) == 100);
}

TEST_CASE_FIXTURE(fixture, "some are moved, chosen at random; those who came just now are not among them") {
  come(50);
  come(50, unix_ms());
  w.tell(who, move_sessions{30, 1h, 1s});
  CHECK(told(moved) == 30);
  CHECK(w.home().sessions().size() == 70);
  w.tell(who, move_sessions{1000, 1h, 1s});
  const auto young = clients.begin() + 50;
  CHECK(std::none_of(young, clients.end(), [](const auto& x) { return x->is_closed_for(moved); }));
}

TEST_CASE_FIXTURE(fixture, "nobody is left in the roll who has gone") {
  come(10);
  for (const auto& one : clients) one->finish_close();
  w.run();
  CHECK(w.home().sessions().size() == 0);
}

}
