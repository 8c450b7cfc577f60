#include "actors/actor_walk.hpp"
#include "actors/user_router.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

/// Everything a walk finds, in one go.
home_actors walk(herald::home& of, actor_query what = {}) {
  actor_walk all{of, what};
  while (!all.step(0ns)) {
  }
  return all.take();
}

std::vector<std::string> users_of(const home_actors& found) {
  std::vector<std::string> users;
  for (const auto& one : found.rows) users.push_back(one.row.user);
  return users;
}

struct fixture {
  world w;
  notes directory_heard;
  directory_actor directory = w.spawn<fake_directory>(directory_heard);

  user_router_actor router_of(std::string user) {
    return w.spawn<user_router>(std::move(user), directory, w.bridge(), w.rules());
  }

  /// Waits for whoever it is sent to, unhandled.
  void leave_waiting(const user_router_actor& who, int messages) {
    for (int i = 0; i < messages; ++i) caf::anon_send(who, channel_status{channel::broadcast(), true, {}});
  }

  recording_link_ptr connect(const user_router_actor& router, std::string user) {
    auto link = make_link();
    w.tell(router, channel_status{channel::user(user), true, {}});
    w.tell(router, channel_status{channel::broadcast(), true, {}});
    w.tell(router, connection(std::move(user), link));
    return link;
  }
};

}  // namespace

TEST_SUITE("actor_walk") {

TEST_CASE_FIXTURE(fixture, "every actor that runs is found, and what waits for each") {
  const auto alice = router_of("alice"), bob = router_of("bob");
  leave_waiting(bob, 3);
  leave_waiting(alice, 1);
  const auto found = walk(w.home(), {actor_kind::user_router, actor_order::mailbox, 10});
  CHECK(found.complete);
  REQUIRE(users_of(found) == std::vector<std::string>{"bob", "alice"});
  CHECK(found.rows[0].row.mailbox == 3);
  CHECK(found.rows[0].row.mailbox_highest == 3);
  CHECK(found.rows[0].row.id == bob.id());
  CHECK(found.kinds[static_cast<std::size_t>(actor_kind::user_router)].mailbox == 4);
  w.run();
  const auto later = walk(w.home(), {actor_kind::user_router, actor_order::mailbox, 10});
  CHECK(later.rows[0].row.mailbox == 0);
  CHECK(later.rows[0].row.messages == 3);
  CHECK(later.rows[0].row.recent_mailbox == 3);
}

TEST_CASE_FIXTURE(fixture, "who is asked how much waits for it still wakes for what comes") {
  const auto alice = router_of("alice");
  w.run();
  for (int i = 0; i < 3; ++i) {
    walk(w.home());
    leave_waiting(alice, 1);
    walk(w.home());
    w.run();
  }
  CHECK(walk(w.home(), {actor_kind::user_router}).rows[0].row.messages == 3);
}

TEST_CASE_FIXTURE(fixture, "only so many are told as were asked for, the first ones, though all are counted") {
  std::vector<user_router_actor> routers;
  for (int i = 0; i < 100; ++i) {
    routers.push_back(router_of("u" + std::to_string(i)));
    leave_waiting(routers.back(), (i * 37) % 100);
  }
  const auto found = walk(w.home(), {std::nullopt, actor_order::mailbox, 3});
  REQUIRE(found.rows.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(found.rows[i].row.mailbox == 99 - i);
  CHECK(found.kinds[static_cast<std::size_t>(actor_kind::user_router)].mailbox == 99 * 100 / 2);
  w.run();
}

TEST_CASE_FIXTURE(fixture, "of equals the oldest comes first") {
  for (const auto* user : {"a", "b", "c", "d"}) router_of(user);
  CHECK(users_of(walk(w.home(), {actor_kind::user_router, actor_order::outbox, 2})) == std::vector<std::string>{"a", "b"});
}

TEST_CASE_FIXTURE(fixture, "actors may end and come while it goes on") {
  std::vector<user_router_actor> routers;
  for (int i = 0; i < 100; ++i) routers.push_back(router_of("u" + std::to_string(i)));
  const auto end = [&](std::size_t which) {
    caf::anon_send_exit(routers[which], caf::exit_reason::user_shutdown);
    w.run();
  };
  actor_walk slices{w.home(), {actor_kind::user_router, actor_order::mailbox, 1'000}};
  REQUIRE_FALSE(slices.step(0ns));
  // The bridge and the directory were looked at, too: the next is the 31st router.
  for (std::size_t which : {29u, 30u, 31u, 32u, 99u}) end(which);
  router_of("late");
  while (!slices.step(0ns)) {
  }
  const auto found = users_of(slices.take());
  CHECK(found.size() == 97);  // 30 before, of which one is gone meanwhile, and 66 + the late one
  CHECK(std::ranges::count(found, "u33") == 1);
  CHECK(std::ranges::count(found, "u30") == 0);
  CHECK(std::ranges::count(found, "u99") == 0);
  CHECK(std::ranges::count(found, "late") == 1);
}

TEST_CASE_FIXTURE(fixture, "two may go on at once, and one may be given up") {
  for (int i = 0; i < 100; ++i) router_of("u" + std::to_string(i));
  auto given_up = std::make_unique<actor_walk>(w.home(), actor_query{});
  given_up->step(0ns);
  actor_walk other{w.home(), {actor_kind::user_router, actor_order::age, 1'000}};
  other.step(0ns);
  CHECK_FALSE(given_up->take().complete);
  given_up.reset();
  while (!other.step(0ns)) {
  }
  CHECK(other.take().rows.size() == 100);
}

TEST_CASE_FIXTURE(fixture, "a session says what its client was sent, and how it takes it") {
  const auto router = router_of("alice");
  const auto phone = connect(router, "alice");
  phone->row.outbox_bytes = 4'000;
  phone->row.is_stalled = true;
  w.tell(router, run_of(channel::user("alice"), 5, {"one", "two"}));
  const auto found = walk(w.home(), {actor_kind::session, actor_order::outbox, 10});
  REQUIRE(found.rows.size() == 1);
  CHECK(found.rows[0].rank == 4'000);
  const auto& row = found.rows[0].row;
  REQUIRE(row.session);
  CHECK(row.user == "alice");
  CHECK(row.session->session_id == "of-alice");
  REQUIRE(row.session->sent);
  CHECK(row.session->sent->offset == 6);
  CHECK(row.session->sent_channel == "user");
  CHECK_FALSE(row.session->acknowledged);
  CHECK(blame_of(row) == blame::socket);
  phone->finish_close();
  w.run();
}

TEST_CASE_FIXTURE(fixture, "a session whose client is too slow is told from others, and what it lost is counted") {
  const auto router = router_of("alice");
  const auto phone = connect(router, "alice");
  phone->full = true;
  w.tell(router, run_of(channel::user("alice"), 0, {"live only"}));
  w.tell(router, run_of(channel::user("alice"), 5, {"one"}));
  const auto found = walk(w.home(), {actor_kind::session});
  REQUIRE(found.rows.size() == 1);
  CHECK(found.rows[0].row.session->is_slow);
  CHECK(found.rows[0].row.session->dropped == 1);
  CHECK(blame_of(found.rows[0].row) == blame::socket);
  phone->finish_close();
  w.run();
}

TEST_CASE_FIXTURE(fixture, "an actor that takes long is first of the busy ones, and to blame") {
  /// Makes everything that bob's router does take 20 ms.
  struct slow : handler_hook {
    explicit slow(manual_home& of) : where(of) {}
    void before(const listed_actor& who) override {
      actor_row row;
      who.describe(row);
      if (row.user == "bob") where.advance(20ms);
    }
    manual_home& where;
  } hook{w.home()};
  const auto alice = router_of("alice"), bob = router_of("bob");
  w.run();
  w.home().hook(&hook);
  leave_waiting(alice, 50);
  leave_waiting(bob, 3);
  w.run();
  w.home().hook(nullptr);
  const auto found = walk(w.home(), {std::nullopt, actor_order::busy, 5});
  REQUIRE(!found.rows.empty());
  const auto& row = found.rows[0].row;
  CHECK(row.user == "bob");
  CHECK(row.messages == 3);
  CHECK(row.handling_mean == 20ms);
  CHECK(row.busy == 60ms);
  CHECK(blame_of(row) == blame::handler);
  CHECK(blame_of(found.rows[1].row) == blame::none);
}

TEST_CASE_FIXTURE(fixture, "which actor runs can be asked from elsewhere") {
  std::optional<home::running_actor> seen;
  struct asking : handler_hook {
    asking(herald::home& of, std::optional<herald::home::running_actor>& into) : where(of), seen(into) {}
    void before(const listed_actor&) override { seen = where.running(); }
    herald::home& where;
    std::optional<herald::home::running_actor>& seen;
  } hook{w.home(), seen};
  const auto alice = router_of("alice");
  w.home().hook(&hook);
  leave_waiting(alice, 1);
  w.run();
  w.home().hook(nullptr);
  REQUIRE(seen);
  CHECK(seen->kind == actor_kind::user_router);
  CHECK(seen->id == alice.id());
}

}
