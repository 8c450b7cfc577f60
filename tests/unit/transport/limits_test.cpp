#include "transport/limits/admission.hpp"
#include "transport/limits/inbound_pace.hpp"
#include "transport/limits/unfinished.hpp"

#include <doctest/doctest.h>

using namespace herald::transport;
using namespace std::chrono_literals;

namespace {

const token_bucket::time_point begin{1000h};

ip_address number(std::uint32_t n) {
  const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
                                          static_cast<std::uint8_t>(n)};
  return ip_address::v4(bytes.data());
}

struct waiting_one : unfinished::member {
  bool is_cut = false;
  void cut() override { is_cut = true; }
};

}  // namespace

TEST_SUITE("occupancy") {

TEST_CASE("each key has its own places, and a place that is left is free") {
  occupancy users{2};
  auto one = users.take("alice");
  {
    auto two = users.take("alice");
    CHECK((one && two));
    CHECK_FALSE(users.take("alice"));
    CHECK(users.take("bob"));
  }
  CHECK(users.take("alice"));
  CHECK(users.size() == 1);
  one = {};
  CHECK(users.size() == 0);
}

TEST_CASE("a place that moves is left once") {
  occupancy users{1};
  auto one = users.take("alice");
  {
    auto other = std::move(one);
    CHECK_FALSE(users.take("alice"));
  }
  CHECK(users.take("alice"));
}

TEST_CASE("who was refused leaves nothing behind") {
  occupancy users{1};
  auto one = users.take("alice");
  for (int i = 0; i < 100; ++i) CHECK_FALSE(users.take("alice"));
  CHECK(users.size() == 1);
}

}

TEST_SUITE("address_rates") {

TEST_CASE("each address has its own rate, of IPv6 each /64") {
  address_rates rates{{1, 2}};
  const auto take = [&](std::string_view text) { return rates.try_take(*ip_address::parse(text), begin) == 0ns; };
  CHECK((take("192.0.2.1") && take("192.0.2.1")));
  CHECK_FALSE(take("192.0.2.1"));
  CHECK(take("192.0.2.2"));
  CHECK((take("2001:db8::1") && take("2001:db8::2")));
  CHECK_FALSE(take("2001:db8::3"));
  CHECK(take("2001:db8:0:1::3"));
}

TEST_CASE("a flood from a million addresses neither grows it nor lets one of them through more often") {
  address_rates rates{{1, 3}};
  const auto steady = number(1);
  int passed = 0;
  for (std::uint32_t n = 0; n < 1'000'000; ++n) {
    rates.try_take(number(0x0a000000 + n), begin);
    if (n % 1000 == 0) passed += rates.try_take(steady, begin) == 0ns ? 1 : 0;
  }
  CHECK(passed == 3);
}

}

TEST_SUITE("admission") {

TEST_CASE("it says which limit stands against whom") {
  admission gate{{.connects = {1, 1}, .connects_per_address = {1, 2}, .connections_per_address = 1, .connections_per_user = 1}};
  CHECK(gate.connect(begin) == 0ns);
  CHECK(gate.connect(begin) == 1s);
  auto place = gate.enter_from(number(1), begin);
  REQUIRE(std::holds_alternative<occupancy::seat>(place));
  auto second = gate.enter_from(number(1), begin);
  CHECK(std::get<admission::denial>(second).which == limit_kind::connections_per_address);
  auto third = gate.enter_from(number(1), begin);
  CHECK(std::get<admission::denial>(third).which == limit_kind::connect_rate_per_address);
  auto user = gate.enter_as("alice");
  CHECK(std::get<admission::denial>(gate.enter_as("alice")).which == limit_kind::connections_per_user);
}

TEST_CASE("a fresh node takes fewer a second, for a while") {
  const auto begin = token_bucket::time_point{} + std::chrono::hours{1};
  admission gate{{.connects_fresh = {2, 1}, .fresh_time = std::chrono::seconds{10}}, begin};
  CHECK(gate.connect(begin) == std::chrono::seconds{0});
  CHECK(gate.connect(begin) == std::chrono::milliseconds{500});
  CHECK(gate.connect(begin + std::chrono::milliseconds{500}) == std::chrono::seconds{0});
  CHECK(gate.connect(begin + std::chrono::seconds{10}) == std::chrono::seconds{0});
  CHECK(gate.connect(begin + std::chrono::seconds{10}) == std::chrono::seconds{0});
}

TEST_CASE("without limits everybody comes in and nothing is counted") {
  admission gate{{}};
  for (int i = 0; i < 1000; ++i) {
    CHECK(gate.connect(begin) == 0ns);
    CHECK_FALSE(std::get<occupancy::seat>(gate.enter_from(number(1), begin)));
    CHECK_FALSE(std::get<occupancy::seat>(gate.enter_as("alice")));
  }
}

}

TEST_SUITE("unfinished") {

TEST_CASE("the oldest is cut first, once, and who is gone is not cut") {
  unfinished all;
  waiting_one a, b, c;
  for (auto* one : {&a, &b, &c}) all.add(*one);
  all.remove(a);
  all.remove(a);
  CHECK(all.cut_oldest());
  CHECK((!a.is_cut && b.is_cut && !c.is_cut));
  all.remove(b);
  CHECK(all.cut_oldest());
  CHECK(c.is_cut);
  CHECK_FALSE(all.cut_oldest());
}

}

TEST_SUITE("inbound_pace") {

TEST_CASE("within its rate a client is not held back") {
  const inbound_limits limits{{10, 5}, {1000, 1000}, 1s};
  inbound_pace pace;
  for (auto now = begin; now < begin + 1min; now += 100ms) {
    pace.took_bytes(limits, now, 100);
    CHECK(pace.took_message(limits, now));
    CHECK(pace.before_read(limits, now).what == inbound_pace::verdict::in_order);
  }
}

TEST_CASE("past its burst it is read no faster than its rate") {
  const inbound_limits limits{{10, 5}, {}, 1h};
  inbound_pace pace;
  int read = 0;
  for (auto now = begin; now < begin + 10s; ++read) {
    pace.took_message(limits, now);
    now += pace.before_read(limits, now).wait;
  }
  CHECK(read >= 104);
  CHECK(read <= 106);
}

TEST_CASE("bytes count as well as messages") {
  const inbound_limits limits{{}, {1000, 500}, 1h};
  inbound_pace pace;
  pace.took_bytes(limits, begin, 500);
  CHECK(pace.before_read(limits, begin).wait == 0ns);
  pace.took_bytes(limits, begin, 100);
  CHECK(pace.before_read(limits, begin).wait == 100ms);
}

TEST_CASE("who goes on pushing is warned twice, and then it is abuse") {
  const inbound_limits limits{{10, 5}, {}, 1s};
  inbound_pace pace;
  std::vector<std::chrono::milliseconds> warned;
  auto now = begin;
  for (;; ) {
    pace.took_message(limits, now);
    const auto next = pace.before_read(limits, now);
    if (next.what == inbound_pace::verdict::warn) warned.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - begin));
    if (next.what == inbound_pace::verdict::abuse) break;
    now += next.wait;
    REQUIRE(now < begin + 1min);
  }
  REQUIRE(warned.size() == 2);
  CHECK(warned[0] >= 1s);
  CHECK(warned[1] >= 2s);
  CHECK(now - begin >= 3s);
  CHECK(now - begin < 4s);
}

TEST_CASE("who stops for a while is forgiven") {
  const inbound_limits limits{{10, 5}, {}, 1s};
  inbound_pace pace;
  auto now = begin;
  for (int round = 0; round < 10; ++round) {
    for (const auto end = now + 900ms; now < end;) {
      pace.took_message(limits, now);
      const auto next = pace.before_read(limits, now);
      CHECK(next.what != inbound_pace::verdict::abuse);
      CHECK(next.what != inbound_pace::verdict::warn);
      now += next.wait;
    }
    now += 1s;
  }
}

TEST_CASE("control frames that can't be held back are abuse when they come twice as many as may at once") {
  const inbound_limits limits{{10, 5}, {}, 1s};
  inbound_pace pace;
  int count = 0;
  while (pace.took_message(limits, begin)) ++count;
  CHECK(count == 10);
}

}
