#include "actors/directory.hpp"

#include "tests/support/world.hpp"

#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;

namespace {

/// Asks, lets the world run, and gives the answer.
template <class Answer, class Question>
Answer ask_now(world& w, const directory_actor& who, Question what) {
  caf::scoped_actor self{w.system()};
  auto handle = self->request(who, caf::infinite, std::move(what));
  w.run();
  Answer result;
  handle.receive([&](Answer& got) { result = std::move(got); }, [](const caf::error&) { FAIL("no answer"); });
  return result;
}

struct fixture {
  world w;
  directory_actor who = w.spawn<directory>(w.bridge(), w.rules());
  std::vector<recording_link_ptr> links;

  void connect(const std::string& user, std::vector<std::string> groups = {}) {
    links.push_back(make_link());
    w.tell(who, connection(user, links.back(), std::move(groups)));
  }
  void live(const channel& name, std::optional<cursor> at = {}) { w.tell(who, channel_changed{{name, true, at}}); }

  user_facts ask(const std::string& user) { return ask_now<user_facts>(w, who, describe_user{user}); }

  /// `user live 7; broadcast opening -`
  static std::string words(const session_facts& of) {
    static constexpr std::array states{"opening", "catching_up", "live"};
    std::string result;
    for (const auto& one : of.channels) {
      if (!result.empty()) result += "; ";
      result += std::string{one.name.client_name()} + ' ' + states.at(static_cast<std::size_t>(one.state)) + ' '
                + (one.sent ? std::to_string(one.sent->offset) : "-");
    }
    return result;
  }
};

}  // namespace

TEST_SUITE("user_inquiry") {

TEST_CASE_FIXTURE(fixture, "a user's sessions say up to where they were given everything") {
  connect("alice", {"g1"});
  connect("alice");
  live(channel::user("alice"), cursor{1, 6, 0});
  live(channel::broadcast());
  CHECK(words(ask("alice").sessions.at(0)) == "user live 6; broadcast live -");
  CHECK(words(ask("alice").sessions.at(1)) == "user opening -; broadcast opening -; group:g1 opening -");
  live(channel::group("g1"));
  w.tell(who, run_of(channel::user("alice"), 7, {"a", "b"}));
  const auto facts = ask("alice");
  CHECK(facts.is_known);
  CHECK(facts.sessions_in_all == 2);
  REQUIRE(facts.sessions.size() == 2);
  for (const auto& one : facts.sessions) CHECK(words(one).starts_with("user live 8; broadcast live -"));
  CHECK(facts.channels.size() == 3);
}

TEST_CASE_FIXTURE(fixture, "who is nowhere has nothing, and who has just left is still known") {
  CHECK_FALSE(ask("bob").is_known);
  connect("alice");
  live(channel::user("alice"));
  live(channel::broadcast());
  links.front()->close(close_reason::client_left, {});
  w.run();
  const auto facts = ask("alice");
  CHECK(facts.is_known);
}

TEST_CASE_FIXTURE(fixture, "the largest groups are named first, and only as many as are asked for") {
  for (const auto* user : {"a", "b", "c"}) connect(user, {"g1"});
  for (const auto* user : {"d", "e"}) connect(user, {"g2", "g3"});
  connect("f", {"g2"});
  connect("g", {"g2"});
  const auto found = ask_now<groups_facts>(w, who, describe_groups{2, {}});
  CHECK(found.groups_in_all == 3);
  REQUIRE(found.top.size() == 2);
  CHECK(found.top[0].id == "g2");
  CHECK(found.top[0].users == 4);
  CHECK(found.top[1].id == "g1");
}

}
