#include <doctest/doctest.h>

#include "tests/contract/support/backplanes.hpp"
#include "tests/contract/support/captured_log.hpp"

#include <algorithm>

using namespace herald;
using namespace herald::contract;
using namespace std::chrono_literals;

/// Sentinels name the master; when they name another one, the node goes there.
TEST_SUITE_BEGIN("redis sentinel");

namespace {

const auto alice = channel::user("alice");

using clock_type = std::chrono::steady_clock;
constexpr auto channel_mode = backplane::redis_options::mode::channel;

bool has_node(redis_server& server, std::string_view kind) {
  return server.command({"CLIENT", "LIST"}).find("name=contract-" + std::string{kind}) != std::string::npos;
}

/// Whether both connections of a node are at this server, and a publish is heard there.
bool is_at(redis_server& server) { return has_node(server, "cmd") && has_node(server, "sub"); }

/// Publishes with the same id until it is accepted, as a publisher does.
receipt publish_until_accepted(node& from, const publication& what) {
  published answer;
  CHECK(eventually([&] {
    answer = from.publish(what);
    return std::holds_alternative<receipt>(answer.result);
  }));
  return accepted(answer);
}

std::vector<std::string> ids_of(const std::vector<ear::item>& items) {
  std::vector<std::string> ids;
  for (const auto& x : items) ids.push_back(x.what.id);
  return ids;
}

}  // namespace

TEST_CASE("the master that the Sentinels name is used, and none of its replicas") {
  redis_sentinel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  CHECK(is_at(kind.group().master()));
  for (auto* replica : kind.group().replicas()) CHECK_FALSE(has_node(*replica, ""));
}

TEST_CASE("a Sentinel that is gone, or deaf, is passed over") {
  redis_sentinel kind;
  redis_server deaf;
  deaf.freeze();
  auto options = kind.options();
  options.connect_timeout = 300ms;
  options.hosts.insert(options.hosts.begin(), {{"127.0.0.1", free_port()}, {"127.0.0.1", deaf.port()}});
  captured_log log;
  node one{redis_node(options)};
  CHECK(one.wait_until_there());
  CHECK(log.count({"redis_sentinel_no_answer", options.hosts[0].port}) >= 1);
}

TEST_CASE("while no Sentinel knows a master that is said, and publishes are refused at once") {
  redis_sentinel kind;
  auto options = kind.options();
  options.master_name = "other";
  captured_log log;
  node one{redis_node(options)};
  CHECK(eventually([&] { return log.count({"redis_unreachable", "no server is known"}) > 0; }));
  CHECK(log.count({"redis_sentinel_no_answer", "knows no master other"}) >= 1);
  CHECK(refused(one.publish(to_user("alice", "1", "a"))).code == errc::unavailable);
  CHECK_FALSE(one.status().subscribed);
}

TEST_CASE("a master that was killed is followed to its successor, and nothing comes twice; all with a password") {
  sentinel_group group{"hunter2"};
  captured_log log;
  node one{redis_node(group.options(channel_mode))};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  accepted(one.publish(to_user("alice", "0", "before")));
  directory.heard->items(1);
  auto& old = group.master();
  REQUIRE(old.command({"WAIT", "2", "5000"}) == "2");
  auto begin = clock_type::now();
  old.kill();
  CHECK(publish_until_accepted(one, to_user("alice", "1", "during")).id == "during");
  CHECK(clock_type::now() - begin < 5s);
  REQUIRE(one.wait_until_there());
  CHECK(clock_type::now() - begin < 5s);
  CHECK(is_at(group.master()));
  REQUIRE(directory.heard->wait([&] { return directory.heard->changes_so_far(alice).back().live; }));
  accepted(one.publish(to_user("alice", "2", "after")));
  REQUIRE(directory.heard->wait_for_last("alice", "after"));
  auto ids = ids_of(directory.heard->items_of("alice"));
  CHECK(std::ranges::count(ids, "before") == 1);
  CHECK(std::ranges::count(ids, "during") <= 1);
  CHECK(std::ranges::count(ids, "after") == 1);
  CHECK(log.count({"hunter2"}) == 0);
}

TEST_CASE("a failover that an operator asks for moves both connections, while the old master still answers") {
  sentinel_group group;
  captured_log log;
  node one{redis_node(group.options(channel_mode))};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  auto& old = group.master();
  group.sentinels()[1]->command({"SENTINEL", "FAILOVER", "contract"});
  group.wait_for_other_master(old);
  CHECK(eventually([&] { return is_at(group.master()) && !has_node(old, ""); }));
  REQUIRE(one.wait_until_there());
  REQUIRE(directory.heard->wait([&] { return directory.heard->changes_so_far(alice).back().live; }));
  accepted(one.publish(to_user("alice", "1", "a")));
  CHECK(directory.heard->items(1).size() == 1);
  CHECK(log.count({"redis_master_moved"}) >= 1);
}

TEST_CASE("a master that is frozen is left for its successor, and not taken again when it thaws") {
  sentinel_group group;
  node one{redis_node(group.options(channel_mode))};
  REQUIRE(one.wait_until_there());
  auto& old = group.master();
  old.freeze();
  group.wait_for_other_master(old);
  CHECK(publish_until_accepted(one, to_user("alice", "1", "a")).id == "a");
  REQUIRE(one.wait_until_there());
  old.thaw();
  CHECK(old.command({"ROLE"}).starts_with("master"));  // it does not know yet
  CHECK(is_at(group.master()));
  CHECK_FALSE(has_node(old, ""));
}

TEST_CASE("a master that was made a replica is left while nothing is published") {
  redis_channel kind;
  captured_log log;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  kind.server.command({"REPLICAOF", "127.0.0.1", "1"});
  CHECK(eventually([&] { return !one.status().publishing; }));
  CHECK(log.count({"redis_lost", "commands", "a replica, not the master"}) == 1);
  kind.server.command({"REPLICAOF", "NO", "ONE"});
  CHECK(one.wait_until_there());
}

TEST_CASE("without the right to ask for its role a server is used all the same") {
  redis_channel kind;
  kind.server.command({"ACL", "SETUSER", "default", "-role", "-info"});
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  std::this_thread::sleep_for(1500ms);  // longer than until it is asked again
  CHECK(one.status().publishing);
  accepted(one.publish(to_user("alice", "1", "a")));
  CHECK(one.status().reconnects.get() == 0);
}

TEST_SUITE_END();
