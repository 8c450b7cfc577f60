#include "actors/trace.hpp"

#include "actors/notification.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace herald;

namespace {

const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

}  // namespace

TEST_SUITE("trace") {

TEST_CASE("a traceparent goes on as it is") {
  CHECK(read_traceparent(good) == good);
  CHECK(read_traceparent("00-00000000000000000000000000000001-0000000000000001-00"));
  CHECK(trace_id_of(good) == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(trace_id_of("").empty());
}

TEST_CASE("what W3C Trace Context calls invalid is none") {
  auto with = [](std::size_t at, char c) {
    auto text = good;
    text[at] = c;
    return text;
  };
  const std::string no_trace = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
  const std::string no_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01";
  for (const auto& bad : {std::string{}, good.substr(1), good + "-", good + "0", "ff" + good.substr(2), no_trace, no_parent, with(2, '_'), with(35, '0'),
                          with(52, ' '), with(3, 'A'), with(40, 'g'), with(54, '"'), with(0, '-'), "cc" + good.substr(2) + "x",
                          "cc" + good.substr(2) + "-" + std::string(600, '0')})
    CHECK_MESSAGE(!read_traceparent(bad), bad);
}

TEST_CASE("of a later version what is known of it goes on, as version 00") {
  CHECK(read_traceparent("cc" + good.substr(2)) == good);
  CHECK(read_traceparent("cc" + good.substr(2, 51) + "ff-what-comes-later") == good);
  CHECK(read_traceparent("01" + good.substr(2, 51) + "fe") == good.substr(0, 53) + "00");
}

TEST_CASE("a share of all ids is picked, the same ones everywhere") {
  int picked = 0;
  for (int i = 0; i < 100'000; ++i) picked += is_picked("order-" + std::to_string(i), trace_share(0.01)) ? 1 : 0;
  CHECK(picked > 800);
  CHECK(picked < 1200);
  CHECK_FALSE(is_picked("order-1", trace_share(0)));
  for (int i = 0; i < 1000; ++i) CHECK(is_picked(std::to_string(i), trace_share(1)));
  for (int i = 0; i < 1000; ++i)
    if (is_picked(std::to_string(i), trace_share(0.1))) CHECK(is_picked(std::to_string(i), trace_share(0.2)));
}

TEST_CASE("nearly all notifications have none, and a run says whether one of its items is traced") {
  CHECK(make_trace(false, "") == nullptr);
  notification plain, with_parent, traced;
  with_parent.trace = make_trace(false, good);
  traced.trace = make_trace(true, "");
  const auto to = channel::user("42");
  CHECK_FALSE(batch(to, {plain, with_parent}).is_traced());
  CHECK(batch(to, {plain, traced, plain}).is_traced());
  CHECK_FALSE(part_of(batch(to, {plain, traced, plain}), 2, 3)->is_traced());
}

}
