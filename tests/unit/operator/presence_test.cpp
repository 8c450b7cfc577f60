#include "app/operator/presence.hpp"

#include <doctest/doctest.h>

using namespace herald::app;
using namespace std::chrono_literals;

namespace {

using news = presence::news;

node_facts facts_of(std::string name, std::string instance) {
  node_facts result;
  result.id = {std::move(name), std::move(instance)};
  return result;
}

struct fixture {
  presence who;
  presence::clock::time_point now{1h};

  news hear(const std::string& name, const std::string& instance) { return who.heard(facts_of(name, instance), now); }

  /// `a/1 live 0; b/2 gone 500`
  std::string seen() {
    std::string result;
    for (const auto& one : who.nodes(now)) {
      if (!result.empty()) result += "; ";
      result += one.facts.id.name + '/' + one.facts.id.instance + ' ' + to_string(one.now) + ' ' + std::to_string(one.age.count());
    }
    return result;
  }
};

}  // namespace

TEST_SUITE("presence") {

TEST_CASE_FIXTURE(fixture, "who was heard of is there, who is silent for three intervals is not") {
  CHECK(hear("b", "2") == news::came);
  CHECK(hear("a", "1") == news::came);
  now += 2s;
  CHECK(hear("a", "1") == news::known);
  now += 4s;
  CHECK(seen() == "a/1 live 4000; b/2 live 6000");
  now += 1ms;
  CHECK(seen() == "a/1 live 4001; b/2 silent 6001");
  CHECK(who.live(now) == 1);
  CHECK(hear("b", "2") == news::came);
  CHECK(seen() == "a/1 live 4001; b/2 live 0");
}

TEST_CASE_FIXTURE(fixture, "who said goodbye is gone at once, and forgotten after a minute") {
  hear("a", "1");
  now += 1s;
  who.said_goodbye({"a", "1"}, now);
  CHECK(seen() == "a/1 gone 0");
  now += 60s;
  CHECK(seen() == "a/1 gone 60000");
  now += 1ms;
  CHECK(seen().empty());
}

TEST_CASE_FIXTURE(fixture, "who fell silent is forgotten a minute after that") {
  hear("a", "1");
  now += 66s;
  CHECK(seen() == "a/1 silent 66000");
  now += 1ms;
  CHECK(seen().empty());
}

TEST_CASE_FIXTURE(fixture, "two nodes of one name are two") {
  hear("a", "2");
  hear("a", "1");
  CHECK(seen() == "a/1 live 0; a/2 live 0");
  who.said_goodbye({"a", "1"}, now);
  CHECK(seen() == "a/1 gone 0; a/2 live 0");
  who.said_goodbye({"b", "2"}, now);  // nobody's
  CHECK(who.live(now) == 1);
}

TEST_CASE_FIXTURE(fixture, "there are only so many, until others are forgotten") {
  for (std::size_t i = 0; i < presence::max_nodes; ++i) CHECK(hear("a", std::to_string(i)) == news::came);
  CHECK(hear("b", "b") == news::refused);
  CHECK(hear("a", "0") == news::known);
  now += 2min;
  CHECK(hear("b", "b") == news::came);
}

}
