#include "actors/revocations.hpp"
#include "actors/session.hpp"
#include "actors/token_index.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t far = 99'999'999'999;

/// A session of user 42 that came with a token.
struct fixture {
  revocations revoked;
  token_index tokens;
  world w;
  notes router_heard;
  user_router_actor router = w.spawn<fake_router>(router_heard);
  recording_link_ptr phone = make_link();
  session_actor who;

  static grant some_grant(std::chrono::milliseconds good_for = 100s) {
    return {.user = "42", .token_id = "t-1", .issued_at_s = 1000, .expires_s = 2000, .good_for = good_for,
            .groups = {"g1", "team-*"}, .publish = {"user:7", "group:g*"}};
  }

  void start(grant with = some_grant(), std::vector<std::string> groups = {}) {
    w.rules().revoked = &revoked;
    w.rules().tokens = &tokens;
    auto from = std::make_shared<hello>();
    from->user = "42";
    from->session_id = "of-42";
    for (const auto& id : groups) from->groups.push_back(channel::group(id));
    from->grant = std::make_shared<const grant>(std::move(with));
    from->since_ms = 5000;
    from->out = phone;
    who = w.spawn<session>(std::move(from), router, w.bridge(), w.rules());
    w.run();
  }

  void attach() {
    w.tell(who, attached{{{channel::user("42"), true, {}}, {channel::broadcast(), true, {}}}});
    phone->take();
    router_heard.take();
  }

  std::string answer(command::any asked) {
    phone->ask(std::move(asked), "7");
    w.run();
    return phone->take();
  }

  std::string renew(grant with) { return answer(command::renew{std::make_shared<const grant>(std::move(with))}); }

  /// The time of the reminder comes.
  std::string ring_after(std::chrono::milliseconds time) {
    w.advance(time);
    phone->ring();
    w.run();
    return phone->take();
  }
};

}  // namespace

TEST_SUITE("session_token") {

TEST_CASE_FIXTURE(fixture, "a client hears until when its token is good, a warning, and bye when it ends") {
  start(some_grant(100s));
  CHECK(phone->reminder() == 70'000);
  w.tell(who, attached{{{channel::user("42"), true, {}}, {channel::broadcast(), true, {}}}});
  CHECK(phone->take() == "welcome 42 user broadcast until 2000");
  CHECK(ring_after(70s) == "expiring in 30000");
  CHECK(phone->reminder() == 30'000);
  CHECK(ring_after(30s) == "close expired");
  CHECK(w.stats().sessions_expired.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "with little time left the warning comes after half of it") {
  start(some_grant(4s));
  attach();
  CHECK(phone->reminder() == 2000);
  CHECK(ring_after(2s) == "expiring in 2000");
  CHECK(ring_after(2s) == "close expired");
}

TEST_CASE_FIXTURE(fixture, "a fresh token in time keeps the session, and an old reminder does no harm") {
  start(some_grant(100s));
  attach();
  CHECK(ring_after(70s) == "expiring in 30000");
  auto fresh = some_grant(200s);
  fresh.expires_s = 3000;
  CHECK(renew(fresh) == "authenticated until 3000 ref=7");
  CHECK(phone->reminder() == 170'000);
  CHECK(ring_after(30s).empty());
  CHECK(phone->reminder() == 140'000);
  CHECK(ring_after(140s) == "expiring in 30000");
}

TEST_CASE_FIXTURE(fixture, "a fresh token must be the same user's; a bad one is refused and changes nothing") {
  start();
  attach();
  auto other = some_grant();
  other.user = "43";
  CHECK(renew(other) == "error invalid_token token ref=7");
  CHECK(answer(command::renew{failure{errc::invalid_token, "expired: …", "token"}}) == "error invalid_token token ref=7");
  CHECK(phone->reminder() == 70'000);
  for (int i = 0; i < 7; ++i) renew(other);
  CHECK(renew(other) == "error invalid_token token ref=7; close abuse");
}

TEST_CASE_FIXTURE(fixture, "that the keys are away is not the client's fault") {
  start();
  attach();
  for (int i = 0; i < 20; ++i)
    CHECK(answer(command::renew{failure{errc::unavailable, "no_keys: …", "token"}}) == "error unavailable token ref=7");
}

TEST_CASE_FIXTURE(fixture, "a fresh token before the welcome is answered after it") {
  start();
  phone->ask(command::renew{std::make_shared<const grant>(some_grant(200s))}, "7");
  w.run();
  CHECK(phone->take().empty());
  w.tell(who, attached{{{channel::user("42"), true, {}}, {channel::broadcast(), true, {}}}});
  CHECK(phone->take() == "welcome 42 user broadcast until 2000; authenticated until 2000 ref=7");
}

TEST_CASE_FIXTURE(fixture, "a group, or a channel to publish to, that the token does not name is forbidden") {
  start();
  attach();
  CHECK(answer(command::subscribe{"g2", {}}) == "error forbidden group ref=7");
  CHECK(router_heard.take().empty());
  answer(command::subscribe{"team-a", {}});
  CHECK(router_heard.take() == "join group:team-a");
  CHECK(answer(command::publish{channel::user("42"), "1", "", true, {}}) == "error forbidden to ref=7");
  CHECK(answer(command::publish{channel::broadcast(), "1", "", true, {}}) == "error forbidden to ref=7");
  CHECK(w.backplane().publications.empty());
  answer(command::publish{channel::group("g9"), "1", "", true, {}});
  answer(command::publish{channel::user("7"), "1", "", true, {}});
  CHECK(w.backplane().publications.size() == 2);
}

TEST_CASE_FIXTURE(fixture, "groups that a fresh token does not allow any more are left, and its right to publish counts") {
  start(some_grant(), {"g1", "team-a"});
  w.tell(who, attached{{{channel::user("42"), true, {}}, {channel::broadcast(), true, {}}, {channel::group("g1"), true, {}},
                        {channel::group("team-a"), true, {}}}});
  phone->take();
  router_heard.take();
  auto fresh = some_grant();
  fresh.groups = {"g1"};
  fresh.publish = {};
  CHECK(renew(fresh) == "authenticated until 2000 ref=7; unsubscribed group:team-a");
  CHECK(router_heard.take() == "leave group:team-a");
  CHECK(w.stats().group_memberships.get() == 1);
  CHECK(answer(command::publish{channel::user("7"), "1", "", true, {}}) == "error forbidden to ref=7");
}

TEST_CASE_FIXTURE(fixture, "an order ends the sessions that it means, and no others") {
  start();
  attach();
  w.tell(who, end_sessions{{order::kind::kick, "42", 4999, far}});
  w.tell(who, end_sessions{{order::kind::revoke_user, "42", 999'999, far}});
  w.tell(who, end_sessions{{order::kind::revoke_token, "t-2", 0, far}});
  CHECK(phone->take().empty());
  w.tell(who, end_sessions{{order::kind::revoke_user, "42", 1'000'000, far}});
  CHECK(phone->take() == "close kicked");
  CHECK(w.stats().sessions_kicked.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "a session is found by its token, by the fresh one too, and no more when it is over") {
  start();
  attach();
  CHECK(tokens.find("t-1").size() == 1);
  auto fresh = some_grant();
  fresh.token_id = "t-2";
  renew(fresh);
  CHECK(tokens.find("t-1").empty());
  REQUIRE(tokens.find("t-2").size() == 1);
  w.tell(tokens.find("t-2").front(), end_sessions{{order::kind::revoke_token, "t-2", 0, far}});
  CHECK(phone->take() == "close kicked");
  CHECK(tokens.find("t-2").empty());
}

TEST_CASE_FIXTURE(fixture, "a token that was revoked while its connection opened does not get in") {
  revoked.add({order::kind::revoke_token, "t-1", 0, far}, 0);
  start();
  CHECK(phone->take() == "close kicked");
}

TEST_CASE("revocations: a user's older tokens and single ones are covered until they end") {
  revocations revoked;
  const grant old{.user = "42", .token_id = "t-1", .issued_at_s = 1000}, fresh{.user = "42", .token_id = "t-2", .issued_at_s = 1001};
  revoked.add({order::kind::revoke_user, "42", 1'000'999, 2000}, 1500);
  CHECK(revoked.covers(old, 1500));
  CHECK_FALSE(revoked.covers(fresh, 1500));
  CHECK(revoked.covers({.user = "42"}, 1500));  // it does not say how old it is
  CHECK_FALSE(revoked.covers({.user = "43", .issued_at_s = 1}, 1500));
  CHECK_FALSE(revoked.covers(old, 2000));
  revoked.add({order::kind::revoke_token, "t-2", 0, 2000}, 1500);
  CHECK(revoked.covers(fresh, 1500));
  revoked.add({order::kind::kick, "44", 5'000'000, 2000}, 1500);
  revoked.add({order::kind::revoke_token, "t-3", 0, 1500}, 1500);
  CHECK(revoked.size() == 2);
}

TEST_CASE("revocations: of too many, those that end soonest go") {
  revocations revoked;
  for (std::size_t i = 0; i < revocations::max_orders; ++i)
    revoked.add({order::kind::revoke_token, std::to_string(i), 0, 1000 + static_cast<std::int64_t>(i)}, 500);
  CHECK(revoked.size() == revocations::max_orders);
  revoked.add({order::kind::revoke_user, "42", 0, far}, 500);
  CHECK(revoked.size() == revocations::max_orders);
  CHECK_FALSE(revoked.covers({.token_id = "0"}, 500));
  CHECK(revoked.covers({.token_id = "1"}, 500));
  revoked.add({order::kind::revoke_user, "43", 0, far}, 2000);
  CHECK(revoked.size() < revocations::max_orders);
}

}
