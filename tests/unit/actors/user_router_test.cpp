#include "actors/user_router.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

channel_status live(channel name, std::optional<std::uint64_t> offset = {}) {
  return {std::move(name), true, offset ? std::optional{cursor{1, *offset, 0}} : std::nullopt};
}

const auto alice = channel::user("alice");
const auto everybody = channel::broadcast();
const auto g1 = channel::group("g1");

/// Alice's router; its directory is the test's, its sessions are real.
struct fixture {
  world w;
  notes directory_heard;
  directory_actor directory = w.spawn<fake_directory>(directory_heard);
  user_router_actor router = w.spawn<user_router>(std::string{"alice"}, directory, w.bridge(), w.rules());
  recording_link_ptr phone = make_link(), laptop = make_link();

  void answer_both() {
    w.tell(router, live(alice, 7));
    w.tell(router, live(everybody, 3));
  }

  void connect_both() {
    answer_both();
    w.tell(router, connection("alice", phone));
    w.tell(router, connection("alice", laptop));
    phone->take(), laptop->take();
  }

  void ask(const recording_link_ptr& client, command::any what, request_ref ref = {}) {
    client->ask(std::move(what), std::move(ref));
    w.run();
  }

  void disconnect(const recording_link_ptr& client) {
    client->finish_close();
    w.run();
  }
};

}  // namespace

TEST_SUITE("user_router") {

// -- attaching ----------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "a session is live only once each of its channels is answered") {
  w.tell(router, connection("alice", phone, {"g1"}));
  CHECK(directory_heard.take() == "join group:g1");
  w.tell(router, live(alice, 7));
  w.tell(router, live(g1, 5));
  CHECK(phone->take().empty());
  w.tell(router, live(everybody, 3));
  CHECK(phone->take() == "welcome alice user@7 broadcast@3 group:g1@5");
}

TEST_CASE_FIXTURE(fixture, "a session is told positions such that what follows neither repeats nor skips") {
  answer_both();
  w.tell(router, run_of(alice, 8, {"8", "9"}));  // nobody is attached: before the newcomer's position
  w.tell(router, run_of(everybody, 4, {"4"}));
  w.tell(router, connection("alice", phone));
  w.tell(router, run_of(alice, 10, {"10"}));
  w.tell(router, run_of(everybody, 5, {"5"}));
  CHECK(phone->take() == "welcome alice user@9 broadcast@4; run user: 10; run broadcast: 5");
}

TEST_CASE_FIXTURE(fixture, "what comes between a connection and its answers is before its position") {
  w.tell(router, live(alice, 7));
  w.tell(router, connection("alice", phone, {"g1"}));
  w.tell(router, run_of(alice, 8, {"8"}));
  w.tell(router, live(everybody));
  w.tell(router, live(g1, 2));
  w.tell(router, run_of(alice, 9, {"9"}));
  CHECK(phone->take() == "welcome alice user@8 broadcast group:g1@2; run user: 9");
}

TEST_CASE_FIXTURE(fixture, "what has no position leaves the position as it was") {
  answer_both();
  w.tell(router, run_of(alice, 0, {"plain"}));
  w.tell(router, connection("alice", phone));
  CHECK(phone->take() == "welcome alice user@7 broadcast@3");
}

TEST_CASE_FIXTURE(fixture, "a second session comes in at once, at the place where the first one is") {
  answer_both();
  w.tell(router, connection("alice", phone));
  w.tell(router, run_of(alice, 8, {"8"}));
  w.tell(router, connection("alice", laptop));
  w.tell(router, run_of(alice, 9, {"9"}));
  CHECK(phone->take() == "welcome alice user@7 broadcast@3; run user: 8; run user: 9");
  CHECK(laptop->take() == "welcome alice user@8 broadcast@3; run user: 9");
}

TEST_CASE_FIXTURE(fixture, "with the backplane away a client is let in, and told when it is back") {
  w.tell(router, channel_status{alice, false, {}});
  w.tell(router, channel_status{everybody, false, {}});
  w.tell(router, connection("alice", phone));
  CHECK(phone->take() == "welcome alice user(away) broadcast(away)");
  w.tell(router, live(alice, 7));
  CHECK(phone->take() == "subscribed user@7");
}

TEST_CASE_FIXTURE(fixture, "a client that leaves before it is answered leaves nothing behind") {
  w.tell(router, connection("alice", phone, {"g1"}));
  disconnect(phone);
  CHECK(directory_heard.take() == "join group:g1; leave group:g1; idle alice 1");
  answer_both();
  w.tell(router, live(g1));
  CHECK(phone->take().empty());
}

// -- groups -------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "a group is joined for the first session that wants it and left with the last") {
  connect_both();
  ask(phone, command::subscribe{"g1"}, "1");
  CHECK(directory_heard.take() == "join group:g1");
  w.tell(router, live(g1, 5));
  CHECK(phone->take() == "subscribed group:g1@5 ref=1");

  w.tell(router, run_of(g1, 6, {"6"}));
  ask(laptop, command::subscribe{"g1"}, "2");
  CHECK(directory_heard.take().empty());
  w.tell(router, run_of(g1, 7, {"7"}));
  CHECK(phone->take() == "run group:g1: 6; run group:g1: 7");
  CHECK(laptop->take() == "subscribed group:g1@6 ref=2; run group:g1: 7");

  ask(phone, command::unsubscribe{"g1"});
  CHECK(directory_heard.take().empty());
  w.tell(router, run_of(g1, 8, {"8"}));
  CHECK(phone->take() == "unsubscribed group:g1");
  CHECK(laptop->take() == "run group:g1: 8");
  disconnect(laptop);
  CHECK(directory_heard.take() == "leave group:g1");
}

TEST_CASE_FIXTURE(fixture, "a group's notifications reach the sessions that joined it, and no others") {
  connect_both();
  ask(phone, command::subscribe{"g1"});
  w.tell(router, live(g1));
  phone->take();
  w.tell(router, run_of(g1, 1, {"for the group"}));
  w.tell(router, run_of(channel::group("g2"), 1, {"for another"}));
  CHECK(phone->take() == "run group:g1: for the group");
  CHECK(laptop->take().empty());
}

TEST_CASE_FIXTURE(fixture, "an answer for a group that was left meanwhile goes to nobody") {
  connect_both();
  ask(phone, command::subscribe{"g1"});
  ask(phone, command::unsubscribe{"g1"});
  phone->take();
  w.tell(router, live(g1));
  CHECK(phone->take().empty());
  CHECK(w.stats().actor_failures.get() == 0);
}

TEST_CASE_FIXTURE(fixture, "a session that asks again for a group it named when it connected gets everything once") {
  w.tell(router, connection("alice", phone, {"g1"}));
  ask(phone, command::subscribe{"g1"}, "1");
  answer_both();
  w.tell(router, live(g1, 5));
  phone->take();
  w.tell(router, run_of(g1, 6, {"6"}));
  CHECK(phone->take() == "run group:g1: 6");
}

TEST_CASE_FIXTURE(fixture, "the welcome comes first, even for a client that joins a group at once") {
  answer_both();
  w.tell(router, connection("alice", laptop, {"g1"}));
  w.tell(router, live(g1, 5));
  w.tell(router, connection("alice", phone, {"g2"}));  // g2 is not answered yet
  ask(phone, command::subscribe{"g1"}, "1");
  w.tell(router, run_of(g1, 6, {"6"}));
  w.tell(router, live(channel::group("g2")));
  CHECK(phone->take().starts_with("welcome alice"));
}

TEST_CASE_FIXTURE(fixture, "two wishes for a group that is not answered yet are both answered") {
  connect_both();
  ask(phone, command::subscribe{"g1"}, "1");
  ask(phone, command::subscribe{"g1"}, "2");
  w.tell(router, live(g1, 5));
  CHECK(phone->take() == "subscribed group:g1@5 ref=1; subscribed group:g1@5 ref=2");
}

// -- ends ---------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "it says that it is idle when its last session has left, and how many there were") {
  connect_both();
  disconnect(phone);
  CHECK(directory_heard.take().empty());
  disconnect(laptop);
  CHECK(directory_heard.take() == "idle alice 2");
}

TEST_CASE_FIXTURE(fixture, "one session that fails takes neither the router nor another session with it") {
  connect_both();
  phone->broken = true;
  w.tell(router, run_of(alice, 8, {"8"}));
  CHECK(phone->take() == "close internal");
  CHECK(laptop->take() == "run user: 8");
  w.tell(router, run_of(alice, 9, {"9"}));
  CHECK(laptop->take() == "run user: 9");
  CHECK(w.stats().actor_failures.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "a slow session leaves the live stream and the others get everything") {
  connect_both();
  phone->full = true;
  for (std::uint64_t i = 8; i < 11; ++i) w.tell(router, run_of(alice, i, {std::to_string(i)}));
  CHECK(phone->take().empty());
  CHECK_FALSE(phone->is_closed());
  CHECK(laptop->take() == "run user: 8; run user: 9; run user: 10");
}

TEST_CASE_FIXTURE(fixture, "closing a user's sessions closes those too that are not attached yet") {
  answer_both();
  w.tell(router, connection("alice", phone));
  w.tell(router, connection("alice", laptop, {"g1"}));
  phone->take();
  w.tell(router, close_sessions{"alice", close_reason::kicked, 0ms});
  CHECK(phone->take() == "close kicked");
  CHECK(laptop->take() == "close kicked");
}

TEST_CASE_FIXTURE(fixture, "a router that fails closes its sessions, so that their clients come back") {
  connect_both();
  caf::anon_send_exit(router, caf::exit_reason::kill);
  w.run();
  CHECK(phone->take() == "close internal");
  CHECK(laptop->take() == "close internal");
  CHECK(w.stats().actor(actor_kind::session).get() == 0);
}

}
