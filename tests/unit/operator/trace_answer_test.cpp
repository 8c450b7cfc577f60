#include "app/operator/trace_api.hpp"

#include "actors/trace_ring.hpp"
#include "app/operator/answers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace herald;
using namespace herald::app;

namespace {

constexpr std::int64_t published_ms = 1'795'000'000'000;
constexpr std::int64_t later = published_ms + 60'000;
const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

trace_record record(const channel& to = channel::user("42")) {
  trace_record result;
  result.id = "order-17";
  result.to = to;
  result.time_ms = published_ms;
  result.data_bytes = 12;
  return result;
}

void note(trace_record& in, trace_step step, std::int64_t after_us, std::uint64_t amount = 0) {
  in.steps[static_cast<std::size_t>(step)] = {published_ms * 1000 + after_us, published_ms * 1000 + after_us, 1, amount};
}

trace_row row(std::uint64_t key, last_word word, std::initializer_list<session_step> steps) {
  trace_row result;
  result.key = key;
  result.session = "s" + std::to_string(key);
  result.user = "42";
  result.word = word;
  std::int64_t at = published_ms * 1000 + 2000;
  for (const auto step : steps) result.at_us[static_cast<std::size_t>(step)] = at += 1500;
  return result;
}

std::string one_node(std::vector<trace_record> records, std::int64_t forgotten = 0, std::int64_t now = later) {
  trace_view view;
  view.shards.push_back({0, {std::move(records), forgotten}});
  return to_json(view, now);
}

std::string part(const std::string& text, std::initializer_list<std::string_view> path) {
  auto result = text;
  for (const auto name : path) result = member_text(result, name);
  return result;
}

fleet_answers answers(std::vector<std::pair<std::string, std::string>> nodes) {
  fleet_answers result;
  for (auto& [name, body] : nodes) result.answers.push_back({{name, "00000000000000" + name + name}, "", 1, false, std::move(body)});
  return result;
}

std::string word(const std::string& whole, std::size_t node) {
  return member_text(element_texts(member_text(whole, "nodes"))[node], "last_word");
}

}  // namespace

TEST_SUITE("trace answer") {

TEST_CASE("a node says its steps in the order of their times, and its sessions, those that tell most first") {
  auto what = record();
  what.position = cursor{1, 7, 0};
  what.traceparent = parent;
  note(what, trace_step::router, 1500, 2);
  note(what, trace_step::received, 1000);
  what.rows = {row(1, last_word::acknowledged, {session_step::queued, session_step::written, session_step::acknowledged}),
               row(2, last_word::catching_up, {session_step::behind})};
  what.rows[1].why = "slow";
  const auto text = one_node({what});
  CHECK(part(text, {"facts", "to"}) == R"(["user:42"])");
  CHECK(part(text, {"facts", "published_at"}) == R"("2026-11-18T11:06:40.000Z")");
  CHECK(part(text, {"facts", "cursor"}) == "\"1.7.0\"");
  CHECK(part(text, {"facts", "traceparent"}) == '"' + parent + '"');
  CHECK(part(text, {"last_word"}) == "\"sessions\"");
  CHECK(part(text, {"words"}) == R"({"acknowledged":1,"catching_up":1})");
  const auto steps = element_texts(member_text(text, "steps"));
  REQUIRE(steps.size() == 2);
  CHECK(member_text(steps[0], "step") == "\"received\"");
  CHECK(member_text(steps[0], "after_ms") == "1.0");
  CHECK(member_text(steps[1], "sessions") == "2");
  const auto sessions = element_texts(member_text(text, "sessions"));
  REQUIRE(sessions.size() == 2);
  CHECK(member_text(sessions[0], "id") == "\"s2\"");
  CHECK(member_text(sessions[0], "why") == "\"slow\"");
  CHECK(element_texts(member_text(sessions[1], "steps")).size() == 3);
  CHECK(member_text(element_texts(member_text(sessions[1], "steps"))[0], "after_ms") == "3.5");
  CHECK(part(text, {"missing"}) == "[]");
}

TEST_CASE("a node where nobody was says so, once it can't be on its way any more") {
  auto what = record();
  note(what, trace_step::asked, 0);
  note(what, trace_step::accepted, 900);
  CHECK(part(one_node({what}, 0, published_ms + 10), {"last_word"}) == "\"on_its_way\"");
  CHECK(part(one_node({what}), {"last_word"}) == "\"nobody_here\"");
  note(what, trace_step::nobody, 1000);
  CHECK(part(one_node({what}, 0, published_ms + 10), {"last_word"}) == "\"nobody_here\"");
}

TEST_CASE("what did not come to sessions says why") {
  auto refused = record();
  refused.why = "Redis is away: try again";
  note(refused, trace_step::refused, 10);
  CHECK(part(one_node({refused}), {"last_word"}) == "\"refused\"");
  CHECK(member_text(element_texts(part(one_node({refused}), {"steps"}))[0], "why") == "\"Redis is away: try again\"");
  auto again = record();
  note(again, trace_step::repeated, 10);
  CHECK(part(one_node({again}), {"last_word"}) == "\"repeated\"");
  auto expired = record();
  expired.why = "expired";
  note(expired, trace_step::dropped, 10);
  CHECK(part(one_node({expired}), {"last_word"}) == "\"dropped\"");
}

TEST_CASE("sessions without a row are counted by their last word") {
  auto what = record(channel::broadcast());
  what.rows = {row(1, last_word::dropped, {session_step::dropped})};
  const auto others = [&](session_step step) -> auto& { return what.others[static_cast<std::size_t>(step)]; };
  others(session_step::queued) = 100;
  others(session_step::written) = 90;
  others(session_step::acknowledged) = 30;
  others(session_step::lost) = 4;
  const auto text = one_node({what});
  CHECK(part(text, {"words"}) == R"({"written":60,"acknowledged":30,"waiting":6,"dropped":5})");
  CHECK(part(text, {"left_out"}) == "100");
  CHECK(part(text, {"missing"}) == R"(["sessions_left_out"])");
}

TEST_CASE("a shard that has forgotten things of that time makes the answer incomplete") {
  trace_view view;
  auto group = record(channel::group("g"));
  note(group, trace_step::received, 1);
  view.shards = {{0, {{group}, 0}}, {1, {{}, published_ms + 5}}};
  CHECK(member_text(to_json(view, later), "missing") == R"(["overwritten"])");
  view.shards[1].second.forgotten_until_ms = published_ms - 1;
  CHECK(member_text(to_json(view, later), "missing") == "[]");
  view.stuck_shards = {1};
  CHECK(member_text(to_json(view, later), "missing") == R"(["shard_does_not_answer"])");
}

TEST_CASE("all nodes' answers are joined, and those that know nothing of it are said to have had nobody, or not to know") {
  auto here = record();
  here.position = cursor{1, 7, 0};
  here.rows = {row(1, last_word::written, {session_step::queued, session_step::written})};
  note(here, trace_step::router, 1000, 1);
  trace_view nothing, forgotten, young;
  nothing.shards = {{0, {}}};
  forgotten.shards = {{0, {{}, published_ms + 1}}};
  young.shards = {{0, {}}};
  young.started_ms = published_ms + 1;
  auto from = answers({{"a", to_json(nothing, later)}, {"b", one_node({here})}, {"c", to_json(forgotten, later)}, {"d", to_json(young, later)},
                       {"e", "garbage"}});
  const auto text = trace_json("order-17", from, later);
  CHECK(member_text(text, "found") == "true");
  CHECK(member_text(text, "to") == R"(["user:42"])");
  CHECK(member_text(text, "cursor") == "\"1.7.0\"");
  CHECK(member_text(text, "words") == R"({"written":1})");
  CHECK(word(text, 0) == "\"nobody_here\"");
  CHECK(word(text, 1) == "\"sessions\"");
  CHECK(word(text, 2) == "\"not_known\"");
  CHECK(word(text, 3) == "\"not_there_yet\"");
  CHECK(word(text, 4) == "\"not_known\"");
  CHECK(member_text(text, "complete") == "false");
  from.answers.resize(2);
  CHECK(member_text(trace_json("order-17", from, later), "complete") == "true");
  from.unanswered = {{"z", "00000000000000dd"}};
  CHECK(member_text(trace_json("order-17", from, later), "complete") == "false");
  CHECK(word(trace_json("order-17", from, published_ms + 10), 0) == "\"on_its_way\"");
}

TEST_CASE("of an id that nobody knows it is said why that may be") {
  trace_view nothing;
  nothing.shards = {{0, {}}};
  const auto text = trace_json("who", answers({{"a", to_json(nothing, later)}}), later);
  CHECK(member_text(text, "found") == "false");
  CHECK(member_text(text, "why").find("trace-sample") != std::string::npos);
  CHECK(word(text, 0) == "\"no_trace\"");
}

TEST_CASE("the answer stays within bounds, however many nodes and sessions there are") {
  std::vector<trace_record> records;
  for (int i = 0; i < 100; ++i) {
    auto what = record(channel::user(std::to_string(i)));
    for (std::uint64_t key = 0; key < trace_record::max_rows; ++key) {
      auto one = row(key, last_word::written, {session_step::queued, session_step::written});
      one.device = std::string(128, 'd');
      what.rows.push_back(std::move(one));
    }
    records.push_back(std::move(what));
  }
  const auto node = one_node(records);
  CHECK(node.size() < 250 * 1024);
  CHECK(element_texts(member_text(node, "sessions")).size() == 200);
  fleet_answers from;
  for (int i = 0; i < 20; ++i) from.answers.push_back({{"n" + std::to_string(i), "0000000000000000"}, "", 1, false, node});
  const auto text = trace_json("order-17", from, later);
  CHECK(text.size() < 1 << 20);
  CHECK(element_texts(member_text(text, "nodes")).size() == 20);
  CHECK(member_text(element_texts(member_text(text, "nodes"))[19], "missing") == R"(["too_large"])");
  CHECK(member_text(text, "complete") == "false");
}

}
