#include "actors/publisher.hpp"

#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  world w;
  publisher_actor who = w.spawn<publisher>(w.bridge(), 5000ms);
  int answers = 0;
  std::vector<published> results;

  void publish(std::vector<std::string> ids) {
    std::vector<publication> what;
    for (auto& id : ids) what.push_back({channel::user("42"), "{}", std::move(id), true, {}});
    w.tell(who, publish_all{std::move(what), [this](std::vector<published> got) { ++answers, results = std::move(got); }});
  }

  void accept(std::string id) {
    w.backplane().answer({receipt{std::move(id), {}, false}});
    w.run();
  }

  void refuse() {
    w.backplane().answer({failure{errc::unavailable, "away", {}}});
    w.run();
  }

  /// A receipt's id, or an error's code.
  std::string result(std::size_t i) {
    if (auto* got = std::get_if<receipt>(&results.at(i).result)) return got->id;
    return std::string{to_string(std::get<failure>(results.at(i).result).code)};
  }
};

}  // namespace

TEST_SUITE("publisher") {

TEST_CASE_FIXTURE(fixture, "a request is answered once, when all of it is, in its own order") {
  publish({"a", "b", "c"});
  REQUIRE(w.backplane().publications.size() == 3);
  CHECK(w.backplane().publications[1].id == "b");
  auto first = std::move(w.backplane().unanswered.front());
  w.backplane().unanswered.pop_front();
  accept("b");
  accept("c");
  CHECK(answers == 0);
  first.deliver(published{receipt{"a", {}, false}});
  w.run();
  CHECK(answers == 1);
  REQUIRE(results.size() == 3);
  CHECK(result(0) == "a");
  CHECK(result(1) == "b");
  CHECK(result(2) == "c");
}

TEST_CASE_FIXTURE(fixture, "what is refused does not take along what is accepted") {
  publish({"a", "b", "c"});
  accept("a");
  refuse();
  accept("c");
  REQUIRE(results.size() == 3);
  CHECK(result(0) == "a");
  CHECK(result(1) == "unavailable");
  CHECK(result(2) == "c");
  CHECK(w.stats().publishes_accepted.get() == 2);
  CHECK(w.stats().publishes_refused.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "a backplane that does not answer is said, in time, for what it did not answer") {
  publish({"a", "b"});
  accept("a");
  w.advance(4999ms);
  CHECK(answers == 0);
  w.advance(1ms);
  CHECK(answers == 1);
  REQUIRE(results.size() == 2);
  CHECK(result(0) == "a");
  CHECK(result(1) == "unavailable");
  refuse();  // too late: it counts no more
  CHECK(answers == 1);
}

TEST_CASE_FIXTURE(fixture, "requests do not wait for each other") {
  publish({"a"});
  auto first = std::move(w.backplane().unanswered.front());
  w.backplane().unanswered.pop_front();
  publish({"b"});
  accept("b");
  CHECK(answers == 1);
  CHECK(result(0) == "b");
  first.deliver(published{receipt{"a", {}, false}});
  w.run();
  CHECK(answers == 2);
}

TEST_CASE_FIXTURE(fixture, "a request for nothing is answered with nothing") {
  publish({});
  CHECK(answers == 1);
  CHECK(results.empty());
}

}
