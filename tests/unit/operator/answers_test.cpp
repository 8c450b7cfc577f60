#include "app/operator/answers.hpp"
#include "app/operator/memory_limit.hpp"
#include "app/operator/users_api.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace herald;
using namespace herald::app;

TEST_SUITE("answers") {

TEST_CASE("a query's parameters are found by name, and decoded") {
  CHECK(query_value("a=1&limit=50&for=10m", "limit") == "50");
  CHECK(query_value("limit=a%2Fb+c", "limit") == "a/b+c");
  CHECK(query_value("limit", "limit") == "");
  CHECK_FALSE(query_value("", "limit"));
  CHECK_FALSE(query_value("xlimit=1&limi=2", "limit"));
}

TEST_CASE("of what another node said only what is JSON is taken") {
  CHECK(member_text(R"({"a":[1, {"b":2}],"c":"x"})", "a") == R"([1, {"b":2}])");
  CHECK(member_text(R"({"a":1)", "a").empty());
  CHECK(member_text("[1]", "a").empty());
  CHECK(element_texts(R"([1,{"b":[2]}, "x"])") == std::vector<std::string>{"1", R"({"b":[2]})", "\"x\""});
  CHECK(element_texts("{}").empty());
  CHECK(element_texts("[1,").empty());
}

TEST_CASE("a user's answer joins what the nodes said, and names those that said nothing") {
  fleet_answers from;
  from.answers.push_back({{"a", "00000000000000aa"}, "", 1, false, R"({"shard":1,"state":"connected","sessions_in_all":1,"channels":[],"sessions":[{"id":"s1"}],"left_out":0})"});
  from.answers.push_back({{"b", "00000000000000bb"}, "", 1, false, "garbage"});
  from.answers.push_back({{"c", "00000000000000cc"}, "", 1, true, R"({"sessions":[{"id":"s2"},{"id":"s3"}]})"});
  from.unanswered = {{"d", "00000000000000dd"}};
  channel_facts log;
  log.end = cursor{1, 7, 0};
  log.first = 3;
  log.entries = 5;
  const auto text = to_json("42", log, from);
  CHECK(member_text(text, "user") == "\"42\"");
  CHECK(member_text(text, "sessions") == R"([{"id":"s1"},{"id":"s2"},{"id":"s3"}])");
  CHECK(member_text(member_text(text, "log"), "entries") == "5");
  CHECK(element_texts(member_text(text, "nodes")).size() == 3);
  CHECK(member_text(element_texts(member_text(text, "nodes"))[2], "cut") == "true");
  CHECK(member_text(text, "unanswered") == R"([{"name":"d","instance":"00000000000000dd"}])");
}

TEST_CASE("a user with very many sessions is cut before the answer is too large") {
  user_view what;
  what.facts.is_known = true;
  what.facts.sessions_in_all = 10'000;
  for (int i = 0; i < 10'000; ++i) {
    session_facts one;
    one.session_id = "0123456789abcdef";
    for (int group = 0; group < 10; ++group)
      one.channels.push_back({channel::group("group-" + std::to_string(group)), channel_state::live, cursor{1, 2, 3}});
    what.facts.sessions.push_back(std::move(one));
  }
  const auto text = to_json(what, {"a", "00000000000000aa"});
  CHECK(text.size() < fleet_text::max_answer_bytes);
  const auto shown = element_texts(member_text(text, "sessions")).size();
  CHECK(shown > 100);
  CHECK(member_text(text, "left_out") == std::to_string(10'000 - shown));
}

TEST_CASE("a cgroup's memory limit is the tightest on the way to the root") {
  std::map<std::string, std::string> files;
  const auto read = [&](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional{found->second};
  };
  CHECK_FALSE(cgroup_memory_limit(read));
  files["/proc/self/cgroup"] = "0::/kubepods/pod1\n";
  files["/sys/fs/cgroup/kubepods/pod1/memory.max"] = "max\n";
  CHECK_FALSE(cgroup_memory_limit(read));
  files["/sys/fs/cgroup/kubepods/memory.max"] = "1073741824\n";
  CHECK(cgroup_memory_limit(read) == 1u << 30);
  files["/sys/fs/cgroup/kubepods/pod1/memory.max"] = "536870912\n";
  CHECK(cgroup_memory_limit(read) == 1u << 29);
  files.clear();
  files["/sys/fs/cgroup/memory.max"] = "268435456\n";  // a container's own, at the mount's root
  CHECK(cgroup_memory_limit(read) == 1u << 28);
  files.clear();
  files["/proc/self/cgroup"] = "5:cpu,cpuacct:/x\n4:memory:/docker/1\n";
  files["/sys/fs/cgroup/memory/memory.stat"] = "cache 1\nhierarchical_memory_limit 268435456\n";
  CHECK(cgroup_memory_limit(read) == 1u << 28);
  files["/sys/fs/cgroup/memory/memory.stat"] = "hierarchical_memory_limit 9223372036854771712\n";
  CHECK_FALSE(cgroup_memory_limit(read));
}

}
