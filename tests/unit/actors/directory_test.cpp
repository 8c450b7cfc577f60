#include "actors/directory.hpp"

#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

const auto alice = channel::user("alice");
const auto everybody = channel::broadcast();
const auto g1 = channel::group("g1");

/// A shard's directory with real routers and sessions; the backplane is the test's.
struct fixture {
  world w;
  directory_actor who = w.spawn<directory>(w.bridge(), w.rules());
  recording_link_ptr phone = make_link(), laptop = make_link();

  void live(const channel& name, std::optional<std::uint64_t> offset = {}) {
    w.tell(who, channel_changed{{name, true, offset ? std::optional{cursor{1, *offset, 0}} : std::nullopt}});
  }

  void connect_alice(const recording_link_ptr& with, std::vector<std::string> groups = {}) {
    w.tell(who, connection("alice", with, std::move(groups)));
  }

  void connect_and_answer(std::vector<std::string> groups = {}) {
    connect_alice(phone, groups);
    live(alice, 7);
    live(everybody, 3);
    for (const auto& id : groups) live(channel::group(id), 5);
    phone->take();
    w.backplane().take_subscriptions();
  }

  void disconnect(const recording_link_ptr& client) {
    client->finish_close();
    w.run();
  }

  auto routers() { return w.stats().actor(actor_kind::user_router).get(); }
  auto nobody_here() { return w.stats().nobody_here.get(); }
};

}  // namespace

TEST_SUITE("directory") {

// -- subscriptions ------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "the backplane is subscribed to what has a local user, once for many sessions") {
  connect_alice(phone, {"g1"});
  connect_alice(laptop, {"g1"});
  w.tell(who, connection("bob", make_link(), {"g1"}));
  CHECK(w.backplane().take_subscriptions() == "+broadcast +alice +group:g1 +bob");
}

TEST_CASE_FIXTURE(fixture, "a client is welcomed once the backplane has answered for all of its channels") {
  connect_alice(phone, {"g1"});
  live(everybody, 3);
  live(g1);
  CHECK(phone->take().empty());
  live(alice, 7);
  CHECK(phone->take() == "welcome alice user@7 broadcast@3 group:g1");
}

TEST_CASE_FIXTURE(fixture, "a user who comes later is welcomed at the place where the channels are by then") {
  connect_and_answer({"g1"});
  w.tell(who, run_of(everybody, 4, {"4"}));
  w.tell(who, run_of(g1, 6, {"6"}));
  auto bobs = make_link();
  w.tell(who, connection("bob", bobs, {"g1"}));
  live(channel::user("bob"));
  CHECK(bobs->take() == "welcome bob user broadcast@4 group:g1@6");
  w.tell(who, run_of(everybody, 5, {"5"}));
  CHECK(bobs->take() == "run broadcast: 5");
}

TEST_CASE_FIXTURE(fixture, "a user's channels are left a linger after the last session, not before") {
  connect_and_answer({"g1"});
  disconnect(phone);
  w.advance(w.rules().user_linger - 1ms);
  CHECK(w.backplane().take_subscriptions().empty());
  w.advance(1ms);
  const auto left = w.backplane().take_subscriptions();
  CHECK(left.find("-alice") != std::string::npos);
  CHECK(left.find("-group:g1") != std::string::npos);
  CHECK(left.find("-broadcast") != std::string::npos);
  CHECK(routers() == 0);
}

TEST_CASE_FIXTURE(fixture, "a user who comes back within the linger costs the backplane nothing") {
  connect_and_answer({"g1"});
  disconnect(phone);
  w.advance(w.rules().user_linger - 1ms);
  connect_alice(laptop, {"g1"});
  CHECK(laptop->take() == "welcome alice user@7 broadcast@3 group:g1@5");
  w.advance(w.rules().user_linger * 10);
  CHECK(w.backplane().take_subscriptions().empty());
  CHECK(routers() == 1);
  CHECK_FALSE(laptop->is_closed());
}

TEST_CASE_FIXTURE(fixture, "each time the last session leaves the linger begins anew") {
  connect_and_answer();
  disconnect(phone);
  w.advance(w.rules().user_linger / 2);
  connect_alice(laptop);
  disconnect(laptop);
  w.advance(w.rules().user_linger / 2);  // the first linger is over, and out of date
  CHECK(w.backplane().take_subscriptions().empty());
  w.advance(w.rules().user_linger / 2);
  CHECK(w.backplane().take_subscriptions() == "-broadcast -alice");
}

TEST_CASE_FIXTURE(fixture, "a group that is left and joined again within the linger stays subscribed") {
  connect_and_answer({"g1"});
  phone->ask(command::unsubscribe{"g1"});
  w.run();
  w.advance(w.rules().user_linger / 2);
  phone->ask(command::subscribe{"g1"}, "1");
  w.run();
  CHECK(phone->take() == "unsubscribed group:g1; subscribed group:g1@5 ref=1");
  w.advance(w.rules().user_linger * 10);
  CHECK(w.backplane().take_subscriptions().empty());
  phone->ask(command::unsubscribe{"g1"});
  w.run();
  w.advance(w.rules().user_linger);
  CHECK(w.backplane().take_subscriptions() == "-group:g1");
}

TEST_CASE_FIXTURE(fixture, "who joins a group again within the linger is told a position that includes what came meanwhile") {
  connect_and_answer({"g1"});
  phone->ask(command::unsubscribe{"g1"});
  w.run();
  w.tell(who, run_of(g1, 6, {"a", "b"}));
  phone->take();
  phone->ask(command::subscribe{"g1"}, "1");
  w.run();
  CHECK(phone->take() == "subscribed group:g1@7 ref=1");
  w.tell(who, run_of(g1, 8, {"c"}));
  CHECK(phone->take() == "run group:g1: c");
}

TEST_CASE_FIXTURE(fixture, "broadcast stays subscribed as long as anybody is here") {
  connect_and_answer();
  auto bobs = make_link();
  w.tell(who, connection("bob", bobs));
  disconnect(phone);
  w.advance(w.rules().user_linger);
  CHECK(w.backplane().take_subscriptions() == "+bob -alice");
}

TEST_CASE_FIXTURE(fixture, "clients hear when the backplane goes and when it comes back") {
  connect_and_answer({"g1"});
  for (const auto& name : {alice, everybody, g1}) w.tell(who, channel_changed{{name, false, {}}});
  CHECK(phone->take() == "subscribed user@7(away); subscribed broadcast@3(away); subscribed group:g1@5(away)");
  live(g1, 9);
  CHECK(phone->take() == "subscribed group:g1@9");
}

// -- notifications ------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "a notification reaches whom it is for and nobody else") {
  connect_and_answer({"g1"});
  auto bobs = make_link();
  w.tell(who, connection("bob", bobs));
  live(channel::user("bob"));
  bobs->take();
  w.tell(who, run_of(alice, 8, {"hers"}));
  w.tell(who, run_of(g1, 6, {"the group's"}));
  w.tell(who, run_of(everybody, 4, {"all"}));
  CHECK(phone->take() == "run user: hers; run group:g1: the group's; run broadcast: all");
  CHECK(bobs->take() == "run broadcast: all");
  CHECK(nobody_here() == 0);
}

TEST_CASE_FIXTURE(fixture, "what nobody here is due is counted") {
  w.tell(who, run_of(alice, 1, {"a", "b"}));
  w.tell(who, run_of(g1, 1, {"c"}));
  w.tell(who, run_of(everybody, 1, {"d"}));
  CHECK(nobody_here() == 4);
}

TEST_CASE_FIXTURE(fixture, "a group without members keeps being counted as nobody during its linger") {
  connect_and_answer({"g1"});
  phone->ask(command::unsubscribe{"g1"});
  w.run();
  w.tell(who, run_of(g1, 6, {"late"}));
  CHECK(nobody_here() == 1);
}

// -- ends ---------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "a router that dies is spawned anew for the next connection, and the rest goes on") {
  connect_and_answer({"g1"});
  auto bobs = make_link();
  w.tell(who, connection("bob", bobs));
  live(channel::user("bob"));
  bobs->take(), w.backplane().take_subscriptions();

  auto running = w.home().actors(actor_kind::user_router);
  REQUIRE(running.size() == 2);
  caf::anon_send_exit(running.front(), caf::exit_reason::kill);
  w.run();
  const bool was_alices = phone->is_closed();
  const std::string name = was_alices ? "alice" : "bob";
  auto& of_the_other = was_alices ? bobs : phone;
  CHECK((was_alices ? phone : bobs)->take() == "close internal");
  CHECK(w.backplane().take_subscriptions() == "-" + name);
  w.tell(who, run_of(everybody, 4, {"x"}));
  CHECK(of_the_other->take() == "run broadcast: x");

  w.tell(who, connection(name, laptop));
  CHECK(w.backplane().take_subscriptions() == "+" + name);
  live(channel::user(name), 9);
  CHECK(laptop->take() == "welcome " + name + " user@9 broadcast@4");
  w.tell(who, run_of(channel::user(name), 10, {"again"}));
  CHECK(laptop->take() == "run user: again");
}

TEST_CASE_FIXTURE(fixture, "the groups of a router that died are left as well") {
  connect_and_answer({"g1"});
  for (const auto& router : w.home().actors(actor_kind::user_router)) caf::anon_send_exit(router, caf::exit_reason::kill);
  w.run();
  w.advance(w.rules().user_linger);
  const auto left = w.backplane().take_subscriptions();
  CHECK(left.find("-alice") != std::string::npos);
  CHECK(left.find("-broadcast") != std::string::npos);
  CHECK(left.find("-group:g1") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "one user's sessions are closed, or everybody's, with hints spread below the bound") {
  connect_and_answer();
  connect_alice(laptop);
  auto bobs = make_link();
  w.tell(who, connection("bob", bobs));
  laptop->take();
  w.tell(who, close_sessions{"alice", close_reason::kicked, 0ms});
  CHECK(phone->take() == "close kicked");
  CHECK(laptop->take() == "close kicked");
  CHECK_FALSE(bobs->is_closed());
  w.tell(who, close_sessions{"nobody", close_reason::kicked, 0ms});
  CHECK_FALSE(bobs->is_closed());
  w.tell(who, close_sessions{"", close_reason::drain, 500ms});
  CHECK(bobs->take() == "close drain");
  CHECK(bobs->reconnect_after() < 500ms);
}

}
