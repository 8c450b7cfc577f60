#include "app/operator/actors_of_nodes.hpp"
#include "app/operator/answers.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;

namespace {

constexpr auto stuck = "18446744073709551615";

fleet_text::answer by(const std::string& name, std::string body) {
  return {{name, "00000000000000" + name + name}, "", 1, false, std::move(body)};
}

actors_of_nodes question(std::string_view query) {
  actors_of_nodes result{"a", 0, std::get<actors_question>(read_actors_question(query)), {}};
  return result;
}

std::string joined(const actors_of_nodes& what) {
  return to_json(what).value_or("");
}

}  // namespace

TEST_SUITE("actors_of_nodes") {

TEST_CASE("the rows of all nodes are one list, what stands still before them, and not more than were asked for") {
  auto what = question("nodes=all&limit=3");
  what.from.answers = {by("a", R"({"complete":true,"totals":{},"shards":[1],"actors":["a9","a2"],"ranks":[9,2]})"),
                       by("b", std::string{R"({"complete":true,"shards":[],"actors":["still","b9","b7","b1"],"ranks":[)"} + stuck + ",9,7,1]}")};
  const auto text = joined(what);
  CHECK(member_text(text, "actors") == R"(["still","a9","b9","b7"])");
  CHECK(member_text(text, "complete") == "true");
  CHECK(member_text(text, "unanswered") == "[]");
  const auto nodes = element_texts(member_text(text, "nodes"));
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[0] == R"({"name":"a","instance":"00000000000000aa","complete":true,"totals":{},"shards":[1]})");
}

TEST_CASE("who said nothing, or no list, is named, and the answer is not complete") {
  auto what = question("nodes=all");
  what.from.answers = {by("a", R"({"complete":true,"actors":[],"ranks":[]})"), by("b", "{}"), by("c", "garbage")};
  what.from.unanswered = {{"d", "00000000000000dd"}};
  const auto text = joined(what);
  CHECK(member_text(text, "complete") == "false");
  CHECK(element_texts(member_text(text, "nodes")).size() == 1);
  CHECK(element_texts(member_text(text, "unanswered")).size() == 3);
}

TEST_CASE("a list that is not whole is said") {
  auto what = question("nodes=all");
  what.from.answers = {by("a", R"({"complete":false,"actors":[],"ranks":[]})")};
  CHECK(member_text(joined(what), "complete") == "false");
}

TEST_CASE("of one node only that one's silence counts") {
  auto what = question("node=b");
  what.from.answers = {by("a", "{}"), by("b", R"({"complete":true,"actors":["b1"],"ranks":[1]})")};
  what.from.unanswered = {{"d", "00000000000000dd"}};
  const auto text = joined(what);
  CHECK(member_text(text, "actors") == R"(["b1"])");
  CHECK(member_text(text, "complete") == "true");
  what = question("node=d");
  what.from.answers = {by("a", "{}")};
  what.from.unanswered = {{"d", "00000000000000dd"}};
  CHECK(element_texts(member_text(joined(what), "unanswered")).size() == 1);
}

TEST_CASE("a node that is not there is no empty list") {
  auto what = question("node=nobody");
  what.from.answers = {by("a", "{}"), by("b", "{}")};
  what.from.unanswered = {{"d", "00000000000000dd"}};
  CHECK_FALSE(to_json(what));
}

TEST_CASE("rows without a rank, and very many that stand still, are left out") {
  auto what = question("nodes=all&limit=1");
  what.from.answers = {by("a", R"({"complete":true,"actors":["a1","a2"],"ranks":[1]})")};
  CHECK(member_text(joined(what), "actors") == R"(["a1"])");
  std::string rows, ranks;
  for (int i = 0; i < 1000; ++i) {
    rows.append(rows.empty() ? "" : ",").append("1");
    ranks.append(ranks.empty() ? "" : ",").append(stuck);
  }
  what.from.answers = {by("a", R"({"complete":true,"actors":[)" + rows + R"(],"ranks":[)" + ranks + "]}")};
  CHECK(element_texts(member_text(joined(what), "actors")).size() == 257);
}

}
