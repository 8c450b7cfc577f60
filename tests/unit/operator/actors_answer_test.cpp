#include "app/operator/actors_json.hpp"
#include "app/operator/actors_query.hpp"

#include <doctest/doctest.h>

#include <rapidjson/document.h>

#include <limits>
#include <vector>

using namespace herald;
using namespace herald::app;
using namespace std::chrono_literals;

namespace {

std::string wrong_field(std::string_view query) {
  const auto read = read_actors_question(query);
  const auto* why = std::get_if<failure>(&read);
  return why != nullptr ? why->field : "nothing";
}

rapidjson::Document parsed(actors_answer what) {
  rapidjson::Document result;
  result.Parse(to_json(std::move(what)).c_str());
  REQUIRE_FALSE(result.HasParseError());
  return result;
}

ranked_row router(std::uint64_t rank, std::uint64_t id, std::size_t shard) {
  ranked_row one{rank, {}};
  one.row.kind = actor_kind::user_router;
  one.row.id = id;
  one.row.shard = shard;
  one.row.user = "u" + std::to_string(id);
  return one;
}

/// Two shards that have answered.
actors_answer two_shards() {
  actors_answer what;
  what.node = "node-1";
  what.asked.limit = 3;
  for (std::size_t shard : {0u, 1u}) {
    home_actors found;
    found.shard = shard;
    found.complete = true;
    found.kinds[static_cast<std::size_t>(actor_kind::user_router)] = {5, 2ms};
    what.survey.found.push_back(std::move(found));
    what.survey.shards.push_back({shard, 1ms, 2ms, 3ms, 4ms, std::nullopt, true, false});
  }
  what.survey.found[0].rows = {router(9, 1, 0), router(2, 2, 0)};
  what.survey.found[1].rows = {router(7, 3, 1), router(1, 4, 1)};
  return what;
}

}  // namespace

TEST_SUITE("actors_answer") {

TEST_CASE("a question without fields is for what waits in mailboxes") {
  const auto read = read_actors_question("");
  const auto& query = std::get<actors_question>(read).what;
  CHECK_FALSE(std::get<actors_question>(read).is_for_fleet());
  CHECK_FALSE(query.kind);
  CHECK(query.order == actor_order::mailbox);
  CHECK(query.limit == 20);
}

TEST_CASE("each field is read") {
  const auto read = read_actors_question("kind=user%5Frouter&sort=bytes&limit=1000");
  const auto& query = std::get<actors_question>(read).what;
  CHECK(query.kind == actor_kind::user_router);
  CHECK(query.order == actor_order::bytes);
  CHECK(query.limit == 1000);
}

TEST_CASE("other nodes are asked what was asked here") {
  for (const auto* text : {"sort=busy&limit=7&nodes=all", "sort=mailbox&limit=200&kind=session&node=pod-2.eu:1"}) {
    const auto read = read_actors_question(text);
    const auto& asked = std::get<actors_question>(read);
    CHECK(asked.is_for_fleet());
    CHECK(to_query(asked) == text);
  }
}

TEST_CASE("what is wrong is named") {
  CHECK(wrong_field("kind=router") == "kind");
  CHECK(wrong_field("kind=") == "kind");
  CHECK(wrong_field("sort=size") == "sort");
  for (const auto* limit : {"limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=", "limit=99999999999999999999"})
    CHECK(wrong_field(limit) == "limit");
  CHECK(wrong_field("limits=3") == "limits");
  CHECK(wrong_field("nodes=some") == "nodes");
  CHECK(wrong_field("node=") == "node");
  CHECK(wrong_field("node=a%20b") == "node");
  CHECK(wrong_field("nodes=all&node=a") == "node");
  CHECK(wrong_field("nodes=all&limit=201") == "limit");
  CHECK(wrong_field("node=a&limit=201") == "limit");
  CHECK(wrong_field("kind=%zz") == "");
}

TEST_CASE("what the shards found is one list, the first first") {
  const auto answer = parsed(two_shards());
  CHECK(std::string_view{answer["node"].GetString()} == "node-1");
  CHECK(answer["complete"].GetBool());
  CHECK(answer["totals"]["user_router"]["mailbox"].GetInt() == 10);
  CHECK(answer["totals"]["user_router"]["busy_ms"].GetDouble() == 4.0);
  const auto& actors = answer["actors"];
  REQUIRE(actors.Size() == 3);
  CHECK(std::string_view{actors[0]["user"].GetString()} == "u1");
  CHECK(std::string_view{actors[1]["user"].GetString()} == "u3");
  CHECK(std::string_view{actors[2]["user"].GetString()} == "u2");
  CHECK(std::string_view{actors[0]["blame"].GetString()} == "none");
}

TEST_CASE("a shard that is stuck comes first, whatever was asked for, with the actor that it runs") {
  auto what = two_shards();
  what.asked.kind = actor_kind::session;
  what.survey.found.pop_back();
  what.survey.shards[1] = {1, 2'013ms, 2ms, 3ms, 4ms, home::running_actor{actor_kind::directory, 12}, false, true};
  const auto answer = parsed(std::move(what));
  CHECK_FALSE(answer["complete"].GetBool());
  const auto& first = answer["actors"][0];
  CHECK(first["stuck"].GetBool());
  CHECK(first["shard"].GetInt() == 1);
  CHECK(std::string_view{first["kind"].GetString()} == "directory");
  CHECK(first["id"].GetInt() == 12);
  CHECK(first["stuck_ms"].GetInt() == 2013);
  CHECK(std::string_view{first["note"].GetString()} == "shard 1 has not turned for 2,013 ms; it runs directory 12");
  CHECK(std::string_view{first["blame"].GetString()} == "handler");
  CHECK(answer["shards"][1]["stuck"].GetBool());
  CHECK(std::string_view{answer["shards"][1]["running"]["kind"].GetString()} == "directory");
}

TEST_CASE("a shard that is stuck in no actor says that") {
  auto what = two_shards();
  what.survey.shards[0].stuck = true;
  what.survey.shards[0].since_turn = 1'234'567ms;
  CHECK(parsed(std::move(what))["actors"][0]["note"].GetString()
        == std::string_view{"shard 0 has not turned for 1,234,567 ms; it runs no actor: a socket's or a timer's handler"});
}

TEST_CASE("a session shows its connection, and null where nothing is known yet") {
  actors_answer what = two_shards();
  auto& row = what.survey.found[0].rows[0].row;
  row.kind = actor_kind::session;
  auto& mine = row.session.emplace();
  mine.address = "127.0.0.1";
  mine.since_ms = 1'700'000'000'000;
  mine.link.protocol = "herald.v1";
  mine.link.ping = 1'500us;
  mine.sent = cursor{0xabc, 7, 0x1f};
  mine.sent_channel = "user";
  const auto answer = parsed(std::move(what));
  const auto& session = answer["actors"][0]["session"];
  CHECK(std::string_view{session["protocol"].GetString()} == "herald.v1");
  CHECK(std::string_view{session["connected_since"].GetString()} == "2023-11-14T22:13:20.000Z");
  CHECK(session["ping_ms"].GetDouble() == 1.5);
  CHECK(session["sent"]["cursor"].GetString() == to_string(cursor{0xabc, 7, 0x1f}));
  CHECK(session["acknowledged"].IsNull());
}

TEST_CASE("each row says its node, and its rank where another node joins them") {
  auto what = two_shards();
  what.survey.shards[1].stuck = true;
  rapidjson::Document answer;
  answer.Parse(to_json_with_ranks(std::move(what)).c_str());
  REQUIRE_FALSE(answer.HasParseError());
  REQUIRE(answer["actors"].Size() == 4);
  for (const auto& row : answer["actors"].GetArray()) CHECK(std::string_view{row["node"].GetString()} == "node-1");
  std::vector<std::uint64_t> ranks;
  for (const auto& one : answer["ranks"].GetArray()) ranks.push_back(one.GetUint64());
  CHECK(ranks == std::vector<std::uint64_t>{std::numeric_limits<std::uint64_t>::max(), 9, 7, 2});
}

}
