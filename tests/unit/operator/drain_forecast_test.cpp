#include "app/drain/forecast.hpp"
#include "app/drain/log_look.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace std::chrono_literals;

namespace {

presence::node node(std::string name, std::uint64_t connections, std::uint64_t cpu_thousandths = 0) {
  presence::node result;
  result.facts.id = {std::move(name), "0123456789abcdef"};
  result.facts.connections = connections;
  result.facts.max_connections = 10'000;
  result.facts.cpu_thousandths = cpu_thousandths;
  return result;
}

/// Three nodes with nothing wrong; this one has 4,000 clients.
struct fixture {
  forecast_input in;

  fixture() {
    in.fleet.nodes = {node("a", 4000, 800), node("b", 1000, 200), node("c", 2000, 400)};
    in.sessions = 4000;
    in.log_max_age = 1h;
  }

  /// All reasons in one text.
  std::string reasons() const {
    std::string all;
    for (const auto& one : forecast(in).reasons) all += one + "\n";
    return all;
  }

  bool says(std::string_view what) const { return reasons().find(what) != std::string::npos; }
};

channel_facts ends_at(std::uint64_t offset) {
  channel_facts result;
  result.end = cursor{1, offset, 0};
  return result;
}

}  // namespace

TEST_SUITE("drain forecast") {

TEST_CASE_FIXTURE(fixture, "clients and work are shared by the other nodes, at the rate of the window") {
  const auto what = forecast(in);
  CHECK(what.reasons.empty());
  CHECK(what.closing == 40s);
  CHECK(what.reconnects_per_s == doctest::Approx(100));
  REQUIRE(what.others.size() == 2);
  CHECK(what.others[0].name == "b");
  CHECK(what.others[0].connections_after == 3000);
  CHECK(what.others[1].connections_after == 4000);
  CHECK(what.others[0].reconnects_per_s == doctest::Approx(50));
  CHECK(what.others[0].cpus_after == doctest::Approx(0.6));
}

TEST_CASE_FIXTURE(fixture, "a balancer that sends each to who has least fills the emptiest first") {
  in.fleet.nodes = {node("a", 10), node("b", 100), node("c", 0), node("d", 50)};
  const auto after = [&](std::size_t sessions) {
    in.sessions = sessions;
    std::vector<std::uint64_t> result;
    for (const auto& one : forecast(in).others) result.push_back(one.connections_after_least_first);
    return result;
  };
  CHECK(after(20) == std::vector<std::uint64_t>{100, 20, 50});
  CHECK(after(61) == std::vector<std::uint64_t>{100, 56, 55});
  CHECK(after(150) == std::vector<std::uint64_t>{100, 100, 100});
  CHECK(after(301) == std::vector<std::uint64_t>{150, 151, 150});
}

TEST_CASE_FIXTURE(fixture, "a node that was killed and is back is there once") {
  in.fleet.nodes.push_back(node("b", 0));
  in.fleet.nodes[1].facts.started_ms = 1;
  in.fleet.nodes.back().facts.started_ms = 2;
  const auto others = forecast(in).others;
  REQUIRE(others.size() == 2);
  CHECK(others[0].connections_now == 0);
}

TEST_CASE_FIXTURE(fixture, "few clients leave at fifty a second, in less than the window") {
  in.sessions = 100;
  CHECK(forecast(in).closing == 2s);
  CHECK(forecast(in).reconnects_per_s == doctest::Approx(50));
}

TEST_CASE_FIXTURE(fixture, "nodes that are not there, not ready or drain themselves take nobody") {
  in.fleet.nodes[1].facts.draining = true;
  in.fleet.nodes[2].facts.not_ready = "the node is full (max-connections)";
  CHECK(says("no other node is live and ready"));
  in.fleet.nodes[1].facts.draining = false;
  in.fleet.nodes[1].now = presence::state::silent;
  CHECK(says("no other node is live and ready"));
}

TEST_CASE_FIXTURE(fixture, "the others need room for all") {
  in.fleet.nodes[1].facts.max_connections = 2000;
  in.fleet.nodes[2].facts.max_connections = 4000;
  CHECK(says("room for 3000 more connections (max-connections), and there are 4000 here"));
}

TEST_CASE_FIXTURE(fixture, "the logs have to hold what somebody misses who is away for a while") {
  in.logs = {3, 0, 10s, "group:sale"};
  CHECK(says("the log of group:sale holds 10 s (log-max-entries): a client may be away for 60 s"));
  in.logs.shortest = 60s;
  CHECK(reasons().empty());
  in.log_max_age = 30s;
  CHECK(says("log-max-age"));
}

TEST_CASE_FIXTURE(fixture, "what is not known speaks against it") {
  in.logs.looked_at = 10;
  in.logs.unknown = 3;
  CHECK(says("3 of 10 logs could not be looked at"));
  in.is_backplane_there = false;
  CHECK(says("does not reach its backplane"));
  in.fleet.is_hearing = false;
  CHECK(says("does not hear the others"));
}

TEST_CASE_FIXTURE(fixture, "with messages in its own memory a node can't go without losing some") {
  in.shares_backplane = false;
  CHECK(says("backplane memory"));
}

TEST_CASE("a log holds as long as it takes to fill it at the rate of now; the fullest counts") {
  log_look look{{channel::broadcast(), channel::group("g"), channel::user("u"), channel::group("g")}, 1000};
  REQUIRE(look.channels().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) look.first(i, ends_at(10));
  for (std::size_t i = 0; i < 3; ++i) look.second(i, ends_at(look.channels()[i].name() == "group:g" ? 60 : look.channels()[i].name() == "broadcast" ? 11 : 10));
  const auto found = look.cover(1s);
  CHECK(found.looked_at == 3);
  CHECK(found.unknown == 0);
  CHECK(found.shortest == 20s);
  CHECK(found.channel == "group:g");
}

TEST_CASE("a log that appears meanwhile began at nothing; one that can't be looked at is unknown") {
  log_look look{{channel::broadcast(), channel::user("u")}, 1000};
  look.first(0, channel_facts{});
  look.second(0, ends_at(100));
  look.first(1, ends_at(1));
  channel_facts failed;
  failed.why_not = failure{errc::unavailable, "Redis is away", {}};
  look.second(1, failed);
  const auto found = look.cover(1s);
  CHECK(found.shortest == 10s);
  CHECK(found.unknown == 1);
}

}
