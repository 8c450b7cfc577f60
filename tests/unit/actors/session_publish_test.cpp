#include "actors/session.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

/// A session of a user who may publish, or not.
struct fixture {
  world w;
  notes router_heard;
  user_router_actor router = w.spawn<fake_router>(router_heard);
  recording_link_ptr phone = make_link();
  session_actor who;

  void start(bool may_publish) {
    who = w.spawn<session>(connection("42", phone, {}, may_publish).who, router, w.bridge(), w.rules());
    w.tell(who, attached{});
    phone->take();
  }

  void publish(std::string id = "order-17") {
    command::publish asked{channel::user("7"), R"({"n":1})", std::move(id), true, 60};
    phone->ask(std::move(asked), "5");
    w.run();
  }
};

}  // namespace

TEST_SUITE("session publish") {

TEST_CASE_FIXTURE(fixture, "a publish goes to the backplane as it came, and its receipt to the client") {
  start(true);
  publish();
  REQUIRE(w.backplane().publications.size() == 1);
  const auto& asked = w.backplane().publications.front();
  CHECK(asked.to == channel::user("7"));
  CHECK(asked.data == R"({"n":1})");
  CHECK(asked.id == "order-17");
  CHECK(asked.durable);
  CHECK(asked.ttl_s == 60);
  CHECK(phone->take().empty());  // not before the backplane has it
  w.backplane().answer({receipt{"order-17", cursor{1, 3, 0}, false}});
  w.run();
  CHECK(phone->take() == "published order-17@3 ref=5");
  CHECK(w.stats().publishes_accepted.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "a publish without an id gets one") {
  start(true);
  publish("");
  REQUIRE(w.backplane().publications.size() == 1);
  CHECK(is_valid_id(w.backplane().publications.front().id));
}

TEST_CASE_FIXTURE(fixture, "who may not publish is told so, and nothing reaches the backplane") {
  start(false);
  publish();
  CHECK(phone->take() == "error not_allowed ref=5");
  CHECK(w.backplane().publications.empty());
}

TEST_CASE_FIXTURE(fixture, "what the backplane refuses is said") {
  start(true);
  publish();
  w.backplane().answer({failure{errc::unavailable, "Redis is away", {}}});
  w.run();
  CHECK(phone->take() == "error unavailable ref=5");
  CHECK(w.stats().publishes_refused.get() == 1);
  CHECK(w.stats().publishes_accepted.get() == 0);
}

TEST_CASE_FIXTURE(fixture, "a backplane that does not answer is said, in time") {
  start(true);
  publish();
  w.advance(w.rules().publish_timeout - 1ms);
  CHECK(phone->take().empty());
  w.advance(1ms);
  CHECK(phone->take() == "error unavailable ref=5");
}

TEST_CASE_FIXTURE(fixture, "an answer that comes after the client has left concerns nobody") {
  start(true);
  publish();
  phone->finish_close();
  w.run();
  w.backplane().answer({receipt{"order-17", cursor{1, 3, 0}, false}});
  w.run();
  CHECK(phone->take().empty());
  CHECK(w.stats().actor_failures.get() == 0);
}

}
