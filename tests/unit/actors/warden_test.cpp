#include "actors/directory.hpp"
#include "actors/warden.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t far = 99'999'999'999;

struct fixture {
  revocations revoked;
  token_index tokens;
  world w;
  notes heard;
  directory_actor a = w.spawn<fake_directory>(heard);
  directory_actor b = w.spawn<fake_directory>(heard);
  warden_actor who = w.spawn<warden>(w.bridge(), std::vector{a, b}, std::ref(revoked), std::cref(tokens), 5000ms);
  std::string said;

  void give(order what) {
    w.tell(who, give_order{std::move(what), [this](std::variant<std::size_t, failure> outcome) {
      if (const auto* why = std::get_if<failure>(&outcome))
        said += to_string(why->code);
      else
        said += std::to_string(std::get<std::size_t>(outcome)) + " ended";
    }});
  }

  void answer(order_spread with) {
    w.backplane().orders_due.front().deliver(std::move(with));
    w.backplane().orders_due.pop_front();
    w.run();
  }
};

}  // namespace

TEST_SUITE("warden") {

TEST_CASE_FIXTURE(fixture, "an order is carried out here once the backplane has it, and the answer counts all shards") {
  give({order::kind::revoke_user, "42", 1'000'000, far});
  CHECK(w.backplane().orders.size() == 1);
  CHECK(heard.take().empty());
  CHECK(revoked.size() == 0);
  answer({});
  CHECK(heard.take() == "end_sessions 42; end_sessions 42");
  CHECK(said == "2 ended");
  CHECK(revoked.covers({.user = "42", .issued_at_s = 1000}, 0));
}

TEST_CASE_FIXTURE(fixture, "without the backplane nothing is done") {
  give({order::kind::revoke_user, "42", 1'000'000, far});
  answer({failure{errc::unavailable, "Redis is away", {}}});
  CHECK(said == "unavailable");
  CHECK(heard.take().empty());
  CHECK(revoked.size() == 0);
  said.clear();
  give({order::kind::kick, "42", 1'000'000, far});
  w.advance(5s);  // no answer at all
  CHECK(said == "unavailable");
  CHECK(heard.take().empty());
}

TEST_CASE_FIXTURE(fixture, "what another node has ordered is done here, and not said again") {
  w.tell(who, order_heard{{order::kind::kick, "42", 1'000'000, far}});
  CHECK(heard.take() == "end_sessions 42; end_sessions 42");
  CHECK(w.backplane().orders.empty());
  w.tell(who, order_heard{{order::kind::revoke_token, "t-1", 1'000'000, far}});
  CHECK(heard.take().empty());
  CHECK(revoked.covers({.user = "9", .token_id = "t-1"}, 0));
}

TEST_CASE("a kick goes from the directory to the user's sessions that began before it, and is counted") {
  world w;
  auto who = w.spawn<directory>(w.bridge(), w.rules());
  auto phone = make_link(), laptop = make_link(), other = make_link();
  for (auto& [user, out] : {std::pair{"alice", phone}, std::pair{"alice", laptop}, std::pair{"bob", other}})
    w.tell(who, connection(user, out));
  for (auto name : {channel::user("alice"), channel::user("bob"), channel::broadcast()}) w.tell(who, channel_changed{{name, true, {}}});
  for (auto& out : {phone, laptop, other}) out->take();
  revocations revoked;
  token_index tokens;
  auto keeper = w.spawn<warden>(w.bridge(), std::vector{who}, std::ref(revoked), std::cref(tokens), 5000ms);
  std::size_t ended = 0;
  w.tell(keeper, give_order{{order::kind::kick, "alice", unix_ms() + 1000, far},
                            [&](std::variant<std::size_t, failure> outcome) { ended = std::get<std::size_t>(outcome); }});
  w.backplane().orders_due.front().deliver(order_spread{});
  w.run();
  CHECK(ended == 2);
  CHECK(phone->take() == "close kicked");
  CHECK(laptop->take() == "close kicked");
  CHECK(other->take().empty());
}

}
