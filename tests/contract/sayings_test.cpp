#include <doctest/doctest.h>

#include "tests/contract/support/backplanes.hpp"

#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <mutex>

using namespace herald;
using namespace herald::contract;

/// What nodes say to each other, and what a bridge tells of itself: promise 8 of `backplane/bridge.hpp`.
TEST_SUITE_BEGIN("sayings");

namespace {

/// What a node heard.
class texts {
public:
  void add(std::string_view what) {
    const std::lock_guard guard{mutex_};
    all_.emplace_back(what);
  }
  std::size_t count(std::string_view what) const {
    const std::lock_guard guard{mutex_};
    return static_cast<std::size_t>(std::ranges::count(all_, what));
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

node::spawn hearing(backplane::redis_options options, const std::string& name, const std::shared_ptr<texts>& into) {
  options.client_name = name;
  return [=](thread_home& where, backplane::bridge_status& status) {
    return backplane::spawn_redis_bridge(where, where.context(), options, {}, status, {}, [into](std::string_view text) { into->add(text); });
  };
}

template <class Answer, class Question>
Answer ask(node& who, Question what) {
  caf::scoped_actor self{actors()};
  Answer result{};
  self->request(who.bridge(), std::chrono::seconds{15}, std::move(what))
    .receive([&](Answer& got) { result = std::move(got); }, [](const caf::error&) { FAIL("the bridge did not answer"); });
  return result;
}

bool tell(node& who, std::string to, std::string text) { return ask<said>(who, say{std::move(to), std::move(text)}).is_taken; }

}  // namespace

#define EVERY_REDIS redis_channel, redis_pattern, redis_sentinel, cluster_channel, cluster_sharded

TEST_CASE_TEMPLATE("what a node says to all comes to the others, and what it says to one to that alone", Kind, EVERY_REDIS) {
  Kind kind;
  auto a_heard = std::make_shared<texts>(), b_heard = std::make_shared<texts>(), c_heard = std::make_shared<texts>();
  node a{hearing(kind.options(), "say-a", a_heard)}, b{hearing(kind.options(), "say-b", b_heard)}, c{hearing(kind.options(), "say-c", c_heard)};
  for (auto* one : {&a, &b, &c}) REQUIRE(one->wait_until_there());
  // Who hears is not known to the one that speaks: it is said until it was heard.
  CHECK(eventually([&] { return tell(a, {}, "to all") && b_heard->count("to all") > 0 && c_heard->count("to all") > 0; }));
  CHECK(eventually([&] { return tell(a, "say-b", "a b\nc {}") && b_heard->count("a b\nc {}") > 0; }));
  const std::string large(1 << 20, 'x');
  CHECK(eventually([&] { return tell(b, "say-c", large) && c_heard->count(large) > 0; }));
  CHECK(c_heard->count("a b\nc {}") == 0);
  CHECK(a_heard->count("to all") == 0);
  CHECK(tell(a, "say-nobody", "is anybody there?"));
}

TEST_CASE_TEMPLATE("of one name, all hear", Kind, redis_channel, cluster_sharded) {
  Kind kind;
  auto heard = std::make_shared<texts>(), other = std::make_shared<texts>();
  node a{hearing(kind.options(), "say-twin", heard)}, b{hearing(kind.options(), "say-twin", other)};
  REQUIRE(a.wait_until_there());
  REQUIRE(b.wait_until_there());
  CHECK(eventually([&] { return tell(a, "say-twin", "hello, twin") && other->count("hello, twin") > 0; }));
  CHECK(heard->count("hello, twin") == 0);
}

TEST_CASE("garbage on the nodes' channels is passed on or dropped, and the canary sings on") {
  redis_channel kind;
  auto heard = std::make_shared<texts>();
  node a{hearing(kind.options(), "say-a", heard)};
  REQUIRE(a.wait_until_there());
  CHECK(eventually([&] { return kind.server.command({"PUBLISH", "herald:control", "herald1-say 7 from a stranger"}) == "1" && heard->count("from a stranger") > 0; }));
  for (const std::string bad : {"", "herald1-say", "herald1-say ", "herald1-say x", "herald1-order", "\xff\xfe"})
    for (const std::string channel : {"herald:control", "herald:canary:say-a"}) kind.server.command({"PUBLISH", channel, bad});
  CHECK(eventually([&] { return a.status().canary_us.get() > 0; }));
  CHECK(a.wait_until_there());
  CHECK(a.status().reconnects.get() == 0);
}

TEST_CASE("while Redis is away nothing is taken") {
  redis_channel kind;
  node a{hearing(kind.options(), "say-a", std::make_shared<texts>())};
  REQUIRE(a.wait_until_there());
  kind.server.kill();
  CHECK(eventually([&] { return !a.status().publishing; }));
  CHECK_FALSE(tell(a, {}, "hello?"));
  const auto log = ask<channel_facts>(a, look_at_channel{channel::user("42")});
  CHECK(log.why_not);
  const auto facts = ask<backplane_facts>(a, describe_backplane{});
  REQUIRE(facts.connections.size() == 2);
  for (const auto& one : facts.connections) {
    CHECK_FALSE(one.is_up);
    CHECK(one.times_lost == 1);
  }
}

TEST_CASE_TEMPLATE("where a channel's log begins and ends", Kind, EVERY_BACKPLANE) {
  Kind kind;
  backplane::bridge_limits limits;
  limits.log_max_entries = 3;
  node a{kind.node_of(limits)};
  REQUIRE(a.wait_until_there());
  const auto nothing = ask<channel_facts>(a, look_at_channel{channel::user("42")});
  CHECK_FALSE(nothing.why_not);
  CHECK_FALSE(nothing.end);
  CHECK(nothing.entries == 0);
  std::optional<cursor> last;
  for (int i = 0; i < 2; ++i) last = accepted(a.publish(to_user("42", "{}", "id-" + std::to_string(i)))).position;
  const auto some = ask<channel_facts>(a, look_at_channel{channel::user("42")});
  CHECK(some.end == last);
  CHECK(some.first == 1);
  CHECK(some.entries == 2);
}

TEST_CASE_TEMPLATE("a bridge tells how it is connected", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node a{kind.node_of()};
  REQUIRE(a.wait_until_there());
  auto who = a.listen();
  a.subscribe_live(who, channel::user("42"));
  const auto facts = ask<backplane_facts>(a, describe_backplane{});
  CHECK_FALSE(facts.kind.empty());
  CHECK(facts.channels == 1);
  CHECK_FALSE(facts.is_paused);
  for (const auto& one : facts.connections) {
    CHECK_MESSAGE(one.is_up, one.role, one.address);
    CHECK(one.up_since_ms > 0);
  }
  CHECK((facts.kind == "memory") == facts.connections.empty());
}

TEST_SUITE_END();
