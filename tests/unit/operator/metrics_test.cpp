#include "app/metrics.hpp"

#include "app/access.hpp"
#include "app/drain/drain_status.hpp"
#include "app/drain/rebalancer.hpp"
#include "app/health.hpp"
#include "app/operator/fleet_stats.hpp"
#include "tests/contract/support/certificates.hpp"
#include "tests/support/world.hpp"
#include "transport/tls/port.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

using namespace herald;
using namespace herald::app;
using namespace std::chrono_literals;

namespace {

/// A node with everything that has numbers of its own; nothing of it runs.
struct fixture {
  test::world w;
  settings values;
  transport::shard one{w.system(), 0}, internal{w.system(), 1};
  std::vector<home*> homes{&one, &internal};
  transport::shard_watch watch{internal, {}};
  transport::public_port port{{.compression = true}, 1};
  backplane::bridge_status bridge;
  health state{watch, port, bridge, nullptr, 15s};
  access_stats access;
  revocations revoked;
  transport::key_ring keys{transport::key_ring_options{}};
  contract::authority authority;
  contract::authority::files files = authority.sign("IP:127.0.0.1");
  transport::tls_port tls{"public", {files.certificate, files.key, {}}};
  fleet_stats fleet;
  metrics numbers{{values, homes, {&one, &internal}, port, bridge, state, access, revoked, &keys, {&tls}, &fleet, "1.2.3"}};
  drain_status drain;
  rebalance_stats rebalance;

  fixture() {
    REQUIRE_FALSE(tls.load());
    numbers.show(drain, rebalance);
  }

  std::string line(const std::string& begin) const {
    const auto text = '\n' + numbers.text();
    const auto at = text.find('\n' + begin);
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  }
};

std::string operations() {
  std::ifstream file{HERALD_SOURCE_ROOT "/docs/operations.md"};
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::set<std::string> matches(const std::string& text, const char* what) {
  const std::regex expression{what};
  std::set<std::string> result;
  for (std::sregex_iterator at{text.begin(), text.end(), expression}, end; at != end; ++at) result.insert((*at)[1]);
  return result;
}

}  // namespace

TEST_SUITE("metrics") {

TEST_CASE_FIXTURE(fixture, "every metric is explained in docs/operations.md, and every one named there is there") {
  auto exported = matches(numbers.text(), "# TYPE (\\S+) ");
  CHECK(exported.size() > 60);
  exported.insert("herald_memory_limit_bytes");  // where there is a limit
  const auto text = operations();
  const auto explained = matches(text, "\n\\| `([a-z_]+)[`{]");
  for (const auto& name : exported) CHECK_MESSAGE(explained.contains(name), name, " has no row in docs/operations.md");
  for (auto name : matches(text, "`((?:herald|websocket|redis_pubsub)_[a-z_]+)[`{]")) {
    if (name.ends_with("_bucket")) name.resize(name.size() - 7);
    CHECK_MESSAGE(exported.contains(name), "docs/operations.md names ", name, ", which is not exported");
  }
}

TEST_CASE_FIXTURE(fixture, "names are those of the service that herald replaces, or begin with herald_; totals are counters") {
  const auto text = numbers.text();
  for (const auto& name : matches(text, "# TYPE (\\S+) "))
    CHECK_MESSAGE((name.starts_with("herald_") || name == "websocket_connections" || name == "websocket_subscriptions" || name == "redis_pubsub_messages_total"), name);
  for (const auto& name : matches(text, "# TYPE (\\S+) counter")) CHECK_MESSAGE(name.ends_with("_total"), name);
  for (const auto& name : matches(text, "# TYPE (\\S+) gauge")) CHECK_MESSAGE(!name.ends_with("_total"), name);
}

TEST_CASE_FIXTURE(fixture, "labels are bounded: none is for a user, a group or a session") {
  const std::set<std::string> known{"kind", "le", "limit", "outcome", "port", "reason", "shard", "side", "version"};
  for (const auto& name : matches(numbers.text(), "[{,]([a-z_]+)=\"")) CHECK_MESSAGE(known.contains(name), name);
}

TEST_CASE_FIXTURE(fixture, "what shards count is added up") {
  one.stats().delivered.add(40);
  internal.stats().delivered.add(2);
  CHECK(line("herald_delivered_total") == "herald_delivered_total 42");
  one.stats().actor(actor_kind::session).add(3);
  one.stats().group_memberships.add(4);
  CHECK(line("websocket_connections") == "websocket_connections 3");
  CHECK(line("websocket_subscriptions") == "websocket_subscriptions 10");
}

TEST_CASE_FIXTURE(fixture, "the latency of deliveries is one histogram of all shards") {
  one.latencies().delivered(1'000, 2);
  one.latencies().written(1'004'000);
  internal.latencies().delivered(1'000, 1);
  internal.latencies().written(61'000'000);
  CHECK(line("herald_delivery_seconds_bucket{le=\"0.003\"}") == "herald_delivery_seconds_bucket{le=\"0.003\"} 0");
  CHECK(line("herald_delivery_seconds_bucket{le=\"0.005\"}") == "herald_delivery_seconds_bucket{le=\"0.005\"} 2");
  CHECK(line("herald_delivery_seconds_bucket{le=\"10\"}") == "herald_delivery_seconds_bucket{le=\"10\"} 2");
  CHECK(line("herald_delivery_seconds_bucket{le=\"+Inf\"}") == "herald_delivery_seconds_bucket{le=\"+Inf\"} 3");
  CHECK(line("herald_delivery_seconds_count") == "herald_delivery_seconds_count 3");
}

TEST_CASE_FIXTURE(fixture, "each kind of actor, limit and reason is there from the start, with 0") {
  for (const auto* each : {"herald_actors{kind=\"session\"} 0", "herald_limited_total{limit=\"connections\"} 0", "herald_dropped_total{reason=\"slow\"} 0",
                           "herald_tokens_refused_total{reason=\"revoked\"} 0", "herald_publishes_total{outcome=\"refused\"} 0"})
    CHECK_MESSAGE(line(each) == each, each);
}

}
