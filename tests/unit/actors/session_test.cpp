#include "actors/session.hpp"

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

/// A session of user 42 whose router and bridge are the test's.
struct fixture {
  world w;
  notes router_heard;
  user_router_actor router = w.spawn<fake_router>(router_heard);
  recording_link_ptr phone = make_link();
  session_actor who;

  void start(std::vector<std::string> groups = {}, bool may_publish = false) {
    who = w.spawn<session>(connection("42", phone, std::move(groups), may_publish).who, router, w.bridge(), w.rules());
    w.run();
    attached to{{live(channel::user("42"), 7), live(channel::broadcast())}};
    w.tell(who, std::move(to));
    phone->take();
  }

  std::string answer(command::any asked, request_ref ref = "7") {
    phone->ask(std::move(asked), std::move(ref));
    w.run();
    return phone->take();
  }

  auto drops(drop_reason why) { return w.stats().drop(why).get(); }
};

}  // namespace

TEST_SUITE("session") {

TEST_CASE_FIXTURE(fixture, "the first thing a client hears is who it is and where its channels are") {
  who = w.spawn<session>(connection("42", phone, {"g1"}).who, router, w.bridge(), w.rules());
  w.run();
  CHECK(phone->take().empty());
  w.tell(who, attached{{live(channel::user("42"), 7), {channel::broadcast(), false, {}}, live(channel::group("g1"), 3)}});
  CHECK(phone->take() == "welcome 42 user@7 broadcast(away) group:g1@3");
}

TEST_CASE_FIXTURE(fixture, "notifications go to the client and are counted one by one") {
  start({"g1"});
  w.tell(who, run_of(channel::user("42"), 8, {"a", "b"}));
  w.tell(who, run_of(channel::broadcast(), 0, {"c"}));
  w.tell(who, run_of(channel::group("g1"), 1, {"d"}));
  CHECK(phone->take() == "run user: a b; run broadcast: c; run group:g1: d");
  CHECK(w.stats().delivered.get() == 4);
}

TEST_CASE_FIXTURE(fixture, "a client that does not read gets the rest from the log once there is room, and then is live again") {
  start();
  phone->full = true;
  w.tell(who, run_of(channel::user("42"), 8, {"a", "b"}));
  w.tell(who, run_of(channel::user("42"), 10, {"c"}));
  CHECK(phone->take().empty());
  CHECK(w.backplane().take_reads().empty());
  phone->make_room();
  w.run();
  CHECK(w.backplane().take_reads() == "42@7");
  w.backplane().answer_read({run_of(channel::user("42"), 8, {"a", "b", "c"}).run, {}, {1, 10, 0}, true});
  w.run();
  CHECK(phone->take() == "run user: a b c");
  w.tell(who, run_of(channel::user("42"), 11, {"d"}));
  CHECK(phone->take() == "run user: d");
  CHECK(w.stats().delivered.get() == 4);
  CHECK(w.stats().fell_behind.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "a client that is behind and takes nothing is closed as slow; one that takes a little is not") {
  start();
  phone->full = true;
  w.tell(who, run_of(channel::user("42"), 8, {"a"}));
  w.advance(w.rules().stall_timeout - 1ms);
  phone->read_some();
  w.advance(1ms);
  CHECK(phone->take().empty());
  w.advance(w.rules().stall_timeout);
  CHECK(phone->take() == "close slow");
  CHECK(phone->reconnect_after() > 0ms);
  CHECK(w.stats().actor(actor_kind::session).get() == 0);
}

TEST_CASE_FIXTURE(fixture, "what comes before the welcome comes after it, and what is too much of it comes from the log") {
  auto coming = connection("42", phone).who;
  auto back = std::make_shared<hello>();
  back->session_id = coming->session_id;
  back->user = coming->user;
  back->out = phone;
  back->resume = {{"broadcast", cursor{1, 3, 0}}};
  who = w.spawn<session>(std::move(back), router, w.bridge(), w.rules());
  w.run();
  w.tell(who, attached{{live(channel::user("42"), 0), live(channel::broadcast(), 3)}});
  CHECK(w.backplane().take_reads() == "broadcast@3");
  w.tell(who, run_of(channel::user("42"), 1, {"first"}));
  CHECK(phone->take().empty());
  for (std::uint64_t i = 2; i <= 100; ++i) w.tell(who, run_of(channel::user("42"), i, {std::to_string(i)}));
  phone->make_room();
  w.run();
  CHECK(w.backplane().take_reads() == "42@0");
  w.backplane().answer_read({{}, {}, {1, 3, 0}, true, false});
  w.run();
  CHECK(phone->take() == "welcome 42 user@0 broadcast@3(recovered)");
  REQUIRE(w.backplane().pages_due.size() == 1);
  w.backplane().answer_read({run_of(channel::user("42"), 1, {"all of them"}).run, {}, {1, 100, 0}, true, false});
  w.run();
  CHECK(phone->take() == "run user: all of them");
}

TEST_CASE_FIXTURE(fixture, "a welcome does not wait for ever for the log to say whether the client can go on") {
  auto back = std::make_shared<hello>();
  back->session_id = "s";
  back->user = "42";
  back->out = phone;
  back->resume = {{"user", cursor{1, 3, 0}}};
  who = w.spawn<session>(std::move(back), router, w.bridge(), w.rules());
  w.run();
  w.tell(who, attached{{live(channel::user("42"), 5), live(channel::broadcast())}});
  w.advance(w.rules().welcome_patience - 1ms);
  CHECK(phone->take().empty());
  w.advance(1ms);
  CHECK(phone->take() == "welcome 42 user@3 broadcast");
  w.tell(who, run_of(channel::user("42"), 6, {"6"}));
  CHECK(phone->take().empty());
  w.backplane().answer_read({run_of(channel::user("42"), 4, {"4", "5"}).run, {}, {1, 5, 0}, true, false});
  w.run();
  CHECK(phone->take() == "run user: 4 5; run user: 6");
}

TEST_CASE_FIXTURE(fixture, "what is live only can't be read later: without room it is dropped and counted") {
  start();
  phone->full = true;
  w.tell(who, run_of(channel::user("42"), 0, {"a", "b"}));
  CHECK(drops(drop_reason::slow) == 2);
  phone->full = false;
  w.tell(who, run_of(channel::user("42"), 8, {"c"}));
  CHECK(phone->take() == "run user: c");
}

TEST_CASE_FIXTURE(fixture, "a client that has taken everything is not closed for waiting for room that others take") {
  start();
  phone->full = true;
  w.tell(who, run_of(channel::user("42"), 8, {"a"}));
  phone->read_everything();
  w.advance(w.rules().stall_timeout * 3);
  CHECK(phone->take().empty());
}
TEST_CASE_FIXTURE(fixture, "a session that is closing takes nothing more, and lives until its link has closed") {
  start();
  phone->slow_to_close = true;
  w.tell(who, close_session{close_reason::drain, 1234ms});
  CHECK(phone->take() == "close drain");
  CHECK(phone->reconnect_after() == 1234ms);
  w.tell(who, run_of(channel::user("42"), 8, {"a", "b"}));
  CHECK(phone->take().empty());
  CHECK(drops(drop_reason::closing) == 2);
  CHECK(w.stats().actor(actor_kind::session).get() == 1);
  phone->finish_close();
  w.run();
  CHECK(w.stats().actor(actor_kind::session).get() == 0);
}

TEST_CASE_FIXTURE(fixture, "a session ends when its connection does") {
  start({"g1", "g2"});
  CHECK(w.stats().group_memberships.get() == 2);
  phone->finish_close(close_reason::client_left);
  w.run();
  CHECK(w.stats().actor(actor_kind::session).get() == 0);
  CHECK(w.stats().group_memberships.get() == 0);
  CHECK(w.stats().actor_failures.get() == 0);
}

TEST_CASE_FIXTURE(fixture, "a handler that throws costs its own session only, and the client is told") {
  start({"g1"});
  phone->broken = true;
  w.tell(who, run_of(channel::user("42"), 8, {"a"}));
  CHECK(phone->take() == "close internal");
  CHECK(w.stats().actor_failures.get() == 1);
  CHECK(w.stats().actor(actor_kind::session).get() == 0);
  CHECK(w.stats().group_memberships.get() == 0);
}

TEST_CASE("a connection that no session took does not stay open") {
  auto phone = make_link();
  { auto unused = connection("42", phone); }
  CHECK(phone->take() == "close internal");
}

// -- groups -------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "a client joins a group: it is told once the group is live, with its reference") {
  start();
  CHECK(answer(command::subscribe{"g1"}, "1").empty());
  CHECK(router_heard.take() == "join group:g1");
  w.tell(who, live(channel::group("g1"), 3));
  CHECK(phone->take() == "subscribed group:g1@3 ref=1");
  w.tell(who, live(channel::group("g1"), 9));  // the backplane was away and is back
  CHECK(phone->take() == "subscribed group:g1@9");
  CHECK(w.stats().group_memberships.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "a client that joins a group twice is in it once, and each wish is answered") {
  start();
  answer(command::subscribe{"g1"}, "1");
  answer(command::subscribe{"g1"}, "2");
  CHECK(w.stats().group_memberships.get() == 1);
  CHECK(router_heard.take() == "join group:g1");
  w.tell(who, live(channel::group("g1")));
  CHECK(phone->take() == "subscribed group:g1 ref=1; subscribed group:g1 ref=2");
}

TEST_CASE_FIXTURE(fixture, "a client leaves a group and hears nothing more of it, not even what is on its way") {
  start({"g1"});
  CHECK(answer(command::unsubscribe{"g1"}, "2") == "unsubscribed group:g1 ref=2");
  CHECK(router_heard.take() == "leave group:g1");
  w.tell(who, run_of(channel::group("g1"), 1, {"late"}));
  w.tell(who, live(channel::group("g1")));
  CHECK(phone->take().empty());
  CHECK(w.stats().delivered.get() == 0);
  CHECK(w.stats().group_memberships.get() == 0);
}

TEST_CASE_FIXTURE(fixture, "leaving a group one is not in is no error and concerns nobody else") {
  start();
  CHECK(answer(command::unsubscribe{"g1"}) == "unsubscribed group:g1 ref=7");
  CHECK(router_heard.take().empty());
}

TEST_CASE_FIXTURE(fixture, "a session may be in so many groups and no more, until it leaves one") {
  w.rules().max_groups_per_session = 2;
  start({"g1"});
  CHECK(answer(command::subscribe{"g2"}).empty());
  CHECK(answer(command::subscribe{"g3"}) == "error too_many_groups group ref=7");
  CHECK(router_heard.take() == "join group:g2");
  CHECK(answer(command::subscribe{"g2"}).empty());  // it is in that one already
  answer(command::unsubscribe{"g1"});
  CHECK(answer(command::subscribe{"g3"}).empty());
  CHECK(w.stats().group_memberships.get() == 2);
}

// -- other commands -----------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "a ping is answered") {
  start();
  CHECK(answer(command::ping{}) == "pong ref=7");
  CHECK(answer(command::ping{}, "") == "pong");
}

TEST_CASE_FIXTURE(fixture, "what this version can't do is said") {
  start();
  CHECK(answer(command::ack{"user", {}}) == "error not_supported ref=7");
  CHECK(answer(command::authenticate{"token"}) == "error not_supported ref=7");
  CHECK(w.stats().client_errors.get() == 2);
  CHECK(w.stats().client_commands.get() == 2);
}

TEST_CASE_FIXTURE(fixture, "the tenth bad message within a minute ends the session") {
  start();
  const command::malformed bad{{errc::bad_json, "not JSON", {}}};
  for (int i = 0; i < 9; ++i) CHECK(answer(bad, "") == "error bad_json");
  CHECK(answer(bad, "") == "error bad_json; close abuse");
}

TEST_CASE_FIXTURE(fixture, "bad messages now and then are only answered") {
  start();
  const command::malformed bad{{errc::bad_field, "which group?", "group"}};
  for (int i = 0; i < 30; ++i) {
    CHECK(answer(bad, "") == "error bad_field group");
    w.advance(7s);
  }
  CHECK_FALSE(phone->is_closed());
}

}
