#include "actors/actor_meter.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace std::chrono_literals;

namespace {

std::int64_t at(std::chrono::nanoseconds when) { return when.count(); }

/// Whether two are the same but for the steps in which a meter keeps what was of late.
bool is_about(std::chrono::nanoseconds a, std::chrono::nanoseconds b) { return std::chrono::abs(b - a) <= 2ms; }

}  // namespace

TEST_SUITE("actor_meter") {

TEST_CASE("what an actor did is summed up since it was spawned") {
  actor_meter meter{at(1h)};
  meter.saw_mailbox(3, at(1h + 1s));
  meter.handled(at(1h + 1s), at(1h + 1s + 2ms));
  meter.handled(at(1h + 1s + 2ms), at(1h + 1s + 6ms));
  CHECK(meter.messages() == 2);
  CHECK(meter.busy() == 6ms);
  CHECK(meter.handling_mean() == 3ms);
  CHECK(is_about(meter.handling_highest(), 4ms));
  CHECK(meter.mailbox_highest() == 3);
  const auto tick = std::chrono::nanoseconds{1 << actor_meter::tick_shift};
  CHECK(std::chrono::abs(meter.age(at(1h + 10s)) - 10s) <= tick);
  CHECK(std::chrono::abs(meter.idle(at(1h + 10s)) - (9s - 6ms)) <= tick);
}

TEST_CASE("one that did nothing yet says so") {
  const actor_meter meter{at(5s)};
  CHECK(meter.messages() == 0);
  CHECK(meter.handling_mean() == 0ns);
  CHECK(meter.recent_busy(at(6s)) == 0ns);
  CHECK(meter.recent_mailbox(at(6s)) == 0);
}

TEST_CASE("what was of late is forgotten after two windows, what was since the start is not") {
  const auto window = actor_meter::window;
  actor_meter meter{at(window)};
  meter.saw_mailbox(7, at(window));
  meter.handled(at(window), at(window + 20ms));
  for (const auto later : {0 * window, window / 2, window}) {
    CAPTURE(later.count());
    CHECK(meter.recent_mailbox(at(window + 20ms + later)) == 7);
    CHECK(is_about(meter.recent_handling(at(window + 20ms + later)), 20ms));
    CHECK(is_about(meter.recent_busy(at(window + 20ms + later)), 20ms));
  }
  CHECK(meter.recent_mailbox(at(3 * window)) == 0);
  CHECK(meter.recent_handling(at(3 * window)) == 0ns);
  CHECK(meter.recent_busy(at(3 * window)) == 0ns);
  CHECK(meter.mailbox_highest() == 7);
  CHECK(is_about(meter.handling_highest(), 20ms));
}

TEST_CASE("the window before is kept while the next one fills, and no longer") {
  const auto window = actor_meter::window;
  actor_meter meter{0};
  meter.handled(at(0ms), at(30ms));
  meter.handled(at(window), at(window + 5ms));
  CHECK(is_about(meter.recent_busy(at(window + 6ms)), 35ms));
  CHECK(is_about(meter.recent_handling(at(window + 6ms)), 30ms));
  meter.handled(at(2 * window), at(2 * window + 1ms));
  CHECK(is_about(meter.recent_busy(at(2 * window + 2ms)), 6ms));
  CHECK(is_about(meter.recent_handling(at(2 * window + 2ms)), 5ms));
}

TEST_CASE("short messages add up, too") {
  actor_meter meter{0};
  for (int i = 0; i < 10'000; ++i) meter.handled(at(0ns), at(500ns));
  CHECK(meter.busy() == 5ms);
  CHECK(is_about(meter.recent_busy(at(1ms)), 5ms));
}

TEST_CASE("what does not fit stays at the most that does") {
  actor_meter meter{0};
  meter.saw_mailbox(1'000'000, 0);
  meter.handled(0, at(20s));
  CHECK(meter.mailbox_highest() == 1'000'000);
  CHECK(meter.recent_mailbox(at(20s)) == 0);  // that window is over
  meter.saw_mailbox(1'000'000, at(20s));
  CHECK(meter.recent_mailbox(at(20s)) == 65'535);
  CHECK(meter.recent_handling(at(20s)) >= 20s);
  CHECK(meter.recent_handling(at(20s)) <= 20s + 20ms);
}

TEST_CASE("the highest time is never below the mean, however short the messages, and not far above it") {
  for (std::int64_t ns = 1; ns < 100'000'000'000; ns = ns * 5 / 3 + 1) {
    CAPTURE(ns);
    actor_meter meter{0};
    for (int i = 0; i < 3; ++i) meter.handled(0, ns);
    CHECK(meter.handling_mean().count() == ns);
    CHECK(meter.handling_highest() >= meter.handling_mean());
    CHECK(meter.handling_highest().count() - ns <= 1'024);
    CHECK(meter.recent_handling(ns) >= meter.handling_mean());
    CHECK(meter.recent_handling(ns).count() - ns <= ns / 1000);
  }
}

TEST_CASE("of two times of late the longer one is kept, also where they are close") {
  actor_meter meter{0};
  meter.handled(0, 2'047);
  meter.handled(0, 2'049);
  CHECK(meter.recent_handling(3'000) == std::chrono::nanoseconds{2'050});
  meter.handled(0, 2'000);
  CHECK(meter.recent_handling(3'000) == std::chrono::nanoseconds{2'050});
}

TEST_CASE("a clock that goes back costs nothing but that message's time") {
  actor_meter meter{at(1s)};
  meter.handled(at(2s), at(2s - 1ns));
  CHECK(meter.busy() == 0ns);
  CHECK(meter.messages() == 1);
}

}
