#include "app/operator/fleet_text.hpp"

#include <doctest/doctest.h>

using namespace herald::app;
namespace text = herald::app::fleet_text;

namespace {

const node_id one{"node-1", "0123456789abcdef"};

template <class T>
std::optional<T> read_back(const T& what) {
  const auto found = text::parse(text::to_text(what));
  if (!found || !std::holds_alternative<T>(*found)) return std::nullopt;
  return std::get<T>(*found);
}

std::string head(std::string_view more) {
  return R"({"type":"node","name":"node-1","instance":"0123456789abcdef")" + std::string{more} + "}";
}

}  // namespace

TEST_SUITE("fleet_text") {

TEST_CASE("what a node says of itself comes back as it was") {
  node_facts facts;
  facts.id = one;
  facts.version = "1.2.3 \"quoted\" \n";
  facts.started_ms = 1'795'000'000'000;
  facts.connections = 12;
  facts.deliveries_per_s = 1'000'000;
  facts.cpu_thousandths = 1500;
  facts.memory_limit_bytes = 1u << 30;
  facts.draining = true;
  facts.not_ready = "the node is stopping";
  facts.canary_us = 250;
  facts.latency_p50_us = 900;
  facts.latency_p99_us = 0;
  CHECK(read_back(facts) == facts);
  facts.memory_limit_bytes.reset();
  CHECK(read_back(facts) == facts);
}

TEST_CASE("questions and answers come back, an answer's body untouched") {
  const auto asked = read_back(text::question{one, 7, "user", "a b\"c", std::chrono::milliseconds{800}});
  REQUIRE(asked);
  CHECK(asked->number == 7);
  CHECK(asked->argument == "a b\"c");
  CHECK(asked->within == std::chrono::milliseconds{800});
  const auto answered = read_back(text::answer{one, "fedcba9876543210", 7, true, "{\"x\":\n1}\n"});
  REQUIRE(answered);
  CHECK(answered->body == "{\"x\":\n1}\n");
  CHECK(answered->to == "fedcba9876543210");
  CHECK(answered->cut);
  CHECK(read_back(text::goodbye{one})->who == one);
}

TEST_CASE("a newer node may say more, an older one less") {
  const auto found = text::parse(head(R"(,"moons":[1,{"a":null}],"connections":"many","actors":-3)"));
  REQUIRE(found);
  CHECK(std::get<node_facts>(*found).connections == 0);
  CHECK(std::get<node_facts>(*found).actors == 0);
}

TEST_CASE("what no node says is nothing") {
  for (const std::string bad : {"", "{", "[]", "1", "herald1-order", R"({"type":"node"})", R"({"type":"node","name":"","instance":"0123456789abcdef"})",
                                R"({"type":"node","name":"a b","instance":"0123456789abcdef"})", R"({"type":"node","name":"a","instance":"0123"})",
                                R"({"type":"node","name":"a","instance":"0123456789ABCDEF"})", R"({"type":"moon","name":"a","instance":"0123456789abcdef"})",
                                R"({"type":"question","name":"a","instance":"0123456789abcdef"})", R"({"type":"answer","name":"a","instance":"0123456789abcdef"})"})
    CHECK_MESSAGE(!text::parse(bad), bad);
  CHECK_FALSE(text::parse(head("") + " x"));
  CHECK_FALSE(text::parse(text::to_text(text::answer{one, one.instance, 1, false, std::string(text::max_answer_bytes + 1, ' ')})));
}

TEST_CASE("numbers that make no sense are made to") {
  const auto found = text::parse(head(R"(,"started_ms":9223372036854775807)"));
  REQUIRE(found);
  CHECK(std::get<node_facts>(*found).started_ms == 253'402'300'799'999);
  const auto asked = text::parse(R"({"type":"question","name":"a","instance":"0123456789abcdef","what":"user","within_ms":99999999999})");
  REQUIRE(asked);
  CHECK(std::get<text::question>(*asked).within == std::chrono::seconds{10});
}

}
