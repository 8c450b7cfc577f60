#include "app/drain/rebalancer.hpp"
#include "app/drain/surplus.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

fleet_view fleet_of(std::vector<std::uint64_t> connections) {
  fleet_view result;
  for (const auto count : connections) {
    presence::node one;
    one.facts.id = {"n" + std::to_string(result.nodes.size()), "0123456789abcdef"};
    one.facts.connections = count;
    result.nodes.push_back(std::move(one));
  }
  return result;
}

/// Says who is there.
class fake_fleet : public pinned<fleet_actor, actor_kind::fleet> {
public:
  fake_fleet(caf::actor_config& cfg, const fleet_view& view) : pinned(cfg), view_(view) {}

  behavior_type make_behavior() override {
    return {
      [](const fleet_heard&) {}, [this](const show_fleet& wish) { wish.done(view_); }, [](const ask_fleet&) {}, [](const own_answer&) {},
      [](const fleet_tick&) {}, [](const greeting_due&) {}, [](const question_due&) {}, [](const leave_fleet&) {},
    };
  }

private:
  const fleet_view& view_;
};

/// A node with 3,000 connections on two shards, among nodes that have less.
struct fixture {
  world w;
  notes heard[2];
  fleet_view fleet = fleet_of({3000, 1000, 2000});
  drain_status drain;
  rebalance_stats counts;
  std::vector<directory_actor> directories{w.spawn<fake_directory>(std::ref(heard[0])), w.spawn<fake_directory>(std::ref(heard[1]))};
  rebalancer_actor who = w.spawn<rebalancer>(rebalance_rules{5, 10, 1h}, w.spawn<fake_fleet>(std::cref(fleet)), directories,
                                             [](std::size_t shard) { return shard == 0 ? std::size_t{1000} : std::size_t{2000}; }, std::cref(drain),
                                             std::ref(counts));

  void looks(int count) {
    w.run();
    for (; count > 0; --count) w.advance(rebalancer::look_every);
  }
};

}  // namespace

TEST_SUITE("rebalance") {

TEST_CASE("a node has too many connections when it is well above the mean") {
  CHECK(surplus(fleet_of({1049, 1000, 1000}), 5) == 0);
  CHECK(surplus(fleet_of({1200, 900, 900}), 5) == 200);
  CHECK(surplus(fleet_of({900, 1200, 900}), 5) == 0);
  CHECK(surplus(fleet_of({3000}), 5) == 0);
}

TEST_CASE("few connections differ by chance") {
  CHECK(surplus(fleet_of({18, 13, 17}), 5) == 0);
  CHECK(surplus(fleet_of({30, 2, 2}), 5) == 18);
}

TEST_CASE("while anything else is going on, the figures change by themselves") {
  const auto with = [](auto change) {
    auto fleet = fleet_of({1200, 900, 900});
    change(fleet);
    return surplus(fleet, 5);
  };
  CHECK(with([](auto& x) { x.nodes[2].facts.draining = true; }) == 0);
  CHECK(with([](auto& x) { x.nodes[2].facts.not_ready = "full"; }) == 0);
  CHECK(with([](auto& x) { x.nodes[2].facts.healing = 1; }) == 0);
  CHECK(with([](auto& x) { x.nodes[2].facts.behind_ms = 1; }) == 0);
  CHECK(with([](auto& x) { x.nodes[0].facts.backplane_away_ms = 1; }) == 0);
  CHECK(with([](auto& x) { x.nodes[2].now = presence::state::silent; }) == 0);
  CHECK(with([](auto& x) { x.is_hearing = false; }) == 0);
  CHECK(with([](auto& x) { x.nodes[2].now = presence::state::gone; }) == 150);
}

TEST_CASE_FIXTURE(fixture, "it moves some once the surplus has lasted, no more than it may, and from the shards in proportion") {
  looks(2);
  CHECK(heard[0].take() == "");
  CHECK(counts.surplus.get() == 1000);
  looks(1);
  CHECK(heard[0].take() == "move 6");
  CHECK(heard[1].take() == "move 14");
  CHECK(counts.moved.get() == 20);
}

TEST_CASE_FIXTURE(fixture, "a small surplus goes in small steps") {
  fleet = fleet_of({1075, 1000, 925});
  looks(3);
  CHECK(heard[0].take() == "move 6");
  CHECK(heard[1].take() == "move 12");
}

TEST_CASE_FIXTURE(fixture, "it stops when the surplus is gone, and begins to wait anew") {
  looks(3);
  fleet = fleet_of({2000, 2000, 2000});
  looks(1);
  CHECK(counts.surplus.get() == 0);
  fleet = fleet_of({3000, 1000, 2000});
  heard[1].take();
  looks(2);
  CHECK(heard[1].take() == "");
  looks(1);
  CHECK(heard[1].take() == "move 14");
}

TEST_CASE_FIXTURE(fixture, "a node that drains does not rebalance as well") {
  drain.phase = drain_phase::leaving;
  looks(5);
  CHECK(heard[1].take() == "");
}

}
