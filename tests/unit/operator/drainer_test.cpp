#include "app/drain/drainer.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  world w;
  notes heard;
  transport::public_port port{{}, 1};
  drain_status status;
  std::size_t sessions = 1000;
  directory_actor directory = w.spawn<fake_directory>(std::ref(heard));
  drainer_actor who = spawn();

  ~fixture() { port.directories.clear(); }

  drainer_actor spawn() {
    port.directories.push_back(directory);
    drainer_options options;
    options.sessions = [this] { return sessions; };
    return w.spawn<drainer>(std::ref(port), std::ref(status), std::move(options));
  }

  void begin(drain_plan plan = {5s, 20s}, bool hurry = false) { w.tell(who, begin_drain{plan, "test", hurry, {}}); }

  void advance(std::chrono::milliseconds by) {
    for (auto step = 10ms; by > 0ms; by -= step) {
      w.home().advance(step);
      w.advance(step);
    }
  }
};

}  // namespace

TEST_SUITE("drainer") {

TEST_CASE_FIXTURE(fixture, "it is not ready at once, and takes clients until the delay is over") {
  begin();
  CHECK(status.phase == drain_phase::leaving);
  CHECK(port.draining);
  CHECK(!port.stopping);
  advance(4900ms);
  CHECK(!port.stopping);
  advance(200ms);
  CHECK(port.stopping);
  CHECK(status.phase == drain_phase::closing);
  CHECK(heard.take() == "send_away 20000 ms");
}

TEST_CASE_FIXTURE(fixture, "it is drained when the last session has left, not when the time is up") {
  begin();
  advance(7s);
  sessions = 0;
  advance(20ms);
  CHECK(status.phase == drain_phase::drained);
  CHECK(status.sessions_at_begin == 1000);
  CHECK(status.cut == 0);
}

TEST_CASE_FIXTURE(fixture, "who does not answer the goodbye is cut five seconds after the window") {
  begin();
  advance(5s);
  heard.take();
  sessions = 3;
  advance(24900ms);
  CHECK(heard.take() == "");
  advance(200ms);
  CHECK(heard.take() == "close_sessions shutdown");
  CHECK(status.cut == 3);
  advance(1s);
  CHECK(status.phase == drain_phase::drained);
}

TEST_CASE_FIXTURE(fixture, "it can be called off in each phase, and begin again") {
  for (const auto after : {0ms, 6'000ms, 40'000ms}) {
    begin();
    advance(after);
    heard.take();
    w.tell(who, cancel_drain{"test", {}});
    CHECK(heard.take() == "let_stay");
    CHECK(status.phase == drain_phase::serving);
    CHECK(!port.draining);
    CHECK(!port.stopping);
    advance(60s);
    CHECK(heard.take() == "");
  }
}

TEST_CASE_FIXTURE(fixture, "a second order changes nothing, unless it is in a hurry") {
  begin();
  begin({0s, 0s});
  CHECK(status.phase == drain_phase::leaving);
  begin({0s, 0s}, true);
  CHECK(status.phase == drain_phase::closing);
  CHECK(heard.take() == "send_away 0 ms");
}

TEST_CASE_FIXTURE(fixture, "without a delay what was accepted just before still has a quarter of a second to come back") {
  begin({0s, 1s});
  advance(240ms);
  CHECK(status.phase == drain_phase::leaving);
  advance(20ms);
  CHECK(status.phase == drain_phase::closing);
}

TEST_CASE("the less time there is, the more clients spread their coming back") {
  const drain_plan plan{5s, 40s};
  CHECK(plan.reconnect_within(100) == 500ms);
  CHECK(plan.reconnect_within(2000) == 500ms);
  CHECK(plan.reconnect_within(10'000) == 5s);
  CHECK(drain_plan{0s, 0s}.reconnect_within(100) == 2s);
}

}
