#include "app/health.hpp"

#include "actors/unix_time.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace std::chrono_literals;

namespace {

/// A node as the probes see it; nothing of it runs.
struct fixture {
  test::world w;
  transport::shard home{w.system(), 0};
  transport::shard_watch watch{home, {}};
  transport::public_port port{{.max_connections = 10}, 1};
  backplane::bridge_status bridge;
  app::health health{watch, port, bridge, nullptr, 15s};

  static std::int64_t ago(std::chrono::milliseconds time) { return steady_ms() - time.count(); }
};

bool says(const std::string& why, std::string_view what) {
  return why.find(what) != std::string::npos;
}

}  // namespace

TEST_SUITE("health") {

TEST_CASE_FIXTURE(fixture, "a node that is behind its backplane for more than five seconds is not ready, and says why") {
  bridge.reached = true;
  CHECK(health.why_not_ready().empty());
  bridge.behind_since_ms = ago(3s);
  CHECK_MESSAGE(health.why_not_ready().empty(), "a burst is worked off");
  bridge.behind_since_ms = ago(6s);
  CHECK(says(health.why_not_ready(), "behind its backplane for 6 s"));
  CHECK(says(health.why_not_ready(), "ingress-max-bytes"));
  bridge.behind_since_ms = 0;
  CHECK(health.why_not_ready().empty());
}

TEST_CASE_FIXTURE(fixture, "without its backplane a node is ready as long as readiness-grace lasts, once it was there") {
  bridge.away_since_ms = ago(1s);
  CHECK(says(health.why_not_ready(), "not reached yet"));
  bridge.reached = true;
  CHECK(health.why_not_ready().empty());
  bridge.away_since_ms = ago(17s);
  CHECK(says(health.why_not_ready(), "away for 17 s"));
  bridge.away_since_ms = 0;
  CHECK(health.why_not_ready().empty());
}

TEST_CASE_FIXTURE(fixture, "a node that is full, or stops, is not ready") {
  bridge.reached = true;
  port.sessions = 10;
  CHECK(says(health.why_not_ready(), "max-connections"));
  port.sessions = 9;
  CHECK(health.why_not_ready().empty());
  port.draining = true;
  CHECK(says(health.why_not_ready(), "draining"));
}

}
