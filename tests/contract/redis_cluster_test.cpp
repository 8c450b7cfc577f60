#include <doctest/doctest.h>

#include "backplane/redis/keys.hpp"
#include "tests/contract/support/backplanes.hpp"
#include "tests/contract/support/captured_log.hpp"

#include <algorithm>

using namespace herald;
using namespace herald::contract;
using namespace std::chrono_literals;

/// A Cluster: each channel's log is where its slot is, and a slot may go elsewhere at any time.
TEST_SUITE_BEGIN("redis cluster");

namespace {

using clock_type = std::chrono::steady_clock;

const auto alice = channel::user("alice");

std::string key_of(const backplane::redis_options& options, std::string_view user) {
  return backplane::log_key(backplane::redis_channel(options, user));
}

std::vector<std::string> ids_of(const std::vector<ear::item>& items) {
  std::vector<std::string> ids;
  for (const auto& x : items) ids.push_back(x.what.id);
  return ids;
}

/// Publishes with the same id until it is accepted, as a publisher does.
receipt publish_until_accepted(node& from, const publication& what) {
  published answer;
  CHECK(eventually([&] {
    answer = from.publish(what);
    return std::holds_alternative<receipt>(answer.result);
  }));
  return accepted(answer);
}

std::vector<publication> numbered(int from, int to) {
  std::vector<publication> all;
  for (int i = from; i < to; ++i) all.push_back(to_user("alice", "1", "m" + std::to_string(i)));
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("many channels' logs are spread over the masters, and all are heard", Kind, cluster_channel, cluster_sharded) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  std::vector<publication> all;
  for (int i = 0; i < 100; ++i) {
    auto user = "user-" + std::to_string(i);
    one.subscribe_live(directory, channel::user(user));
    for (int n = 0; n < 5; ++n) all.push_back(to_user(user, std::to_string(n), "m" + std::to_string(n)));
  }
  for (const auto& answer : one.publish_all(all)) accepted(answer);
  REQUIRE(directory.heard->items(all.size()).size() == all.size());
  for (int i = 0; i < 100; ++i)
    CHECK(directory.heard->data_of("user-" + std::to_string(i)) == std::vector<std::string>{"0", "1", "2", "3", "4"});
  std::size_t masters_with_keys = 0;
  for (auto& server : kind.cluster().servers())
    masters_with_keys += server->command({"ROLE"}).starts_with("master") && server->command({"DBSIZE"}) != "0" ? 1 : 0;
  CHECK(masters_with_keys == 3);
}

TEST_CASE_TEMPLATE("a slot that moves while it is published to loses nothing, doubles nothing, and keeps its order", Kind, cluster_channel, cluster_sharded) {
  auto& cluster = shared_cluster();
  cluster.clear();
  const auto options = cluster.options(Kind::mode);
  const auto key_of_alice = key_of(options, "alice");
  captured_log log;
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  for (const auto& x : one.publish_all(numbered(0, 100))) accepted(x);
  int next = 100;
  std::vector<std::string> accepted_ids = ids_of(directory.heard->items(100));
  auto& before = cluster.owner(key_of_alice);
  cluster.move_slot(key_of_alice, [&] {
    // On its way a slot takes no new keys: what can't be kept now is refused in time, and tried again.
    auto begin = clock_type::now();
    for (const auto& x : one.publish_all(numbered(next, next + 10)))
      if (std::holds_alternative<failure>(x.result)) CHECK(refused(x).code == errc::unavailable);
    CHECK(clock_type::now() - begin < 4s);
    next += 10;
  });
  CHECK(&cluster.owner(key_of_alice) != &before);
  for (const auto& what : numbered(100, next + 100)) publish_until_accepted(one, what);
  REQUIRE(directory.heard->wait_for_last("alice", "m" + std::to_string(next + 99)));
  auto items = directory.heard->items_of("alice");
  auto ids = ids_of(items);
  CHECK(ids.size() == static_cast<std::size_t>(next) + 100);
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
  // Two slots' worth of servers gave them out, and still each offset is there once, in its order within an epoch.
  for (std::size_t i = 1; i < items.size(); ++i)
    if (items[i].what.position->epoch == items[i - 1].what.position->epoch)
      REQUIRE(items[i].what.position->offset == items[i - 1].what.position->offset + 1);
}

TEST_CASE_TEMPLATE("commands that were under way when the slot moved keep their order", Kind, cluster_channel, cluster_sharded) {
  auto& cluster = shared_cluster();
  cluster.clear();
  const auto options = cluster.options(Kind::mode);
  const auto key_of_alice = key_of(options, "alice");
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  const auto sent_elsewhere = cluster.count_errors("MOVED");
  for (int round = 0; round < 5; ++round) {
    auto under_way = one.publish_later(numbered(round * 500, round * 500 + 500));
    cluster.move_slot(key_of_alice, [] {});
    for (const auto& x : under_way.answers())
      if (std::holds_alternative<failure>(x.result)) CHECK(refused(x).code == errc::unavailable);
  }
  publish_until_accepted(one, to_user("alice", "1", "last"));
  REQUIRE(directory.heard->wait_for_last("alice", "last"));
  CHECK(cluster.count_errors("MOVED") > sent_elsewhere);
  int before = -1;
  for (const auto& id : ids_of(directory.heard->items_of("alice"))) {
    if (id == "last") break;
    auto number = std::stoi(id.substr(1));
    REQUIRE(number > before);
    before = number;
  }
}

TEST_CASE_TEMPLATE("CLUSTER FAILOVER is followed: publishes go on, and nothing comes twice", Kind, cluster_channel, cluster_sharded) {
  auto& cluster = shared_cluster();
  cluster.clear();
  const auto options = cluster.options(Kind::mode);
  const auto key_of_alice = key_of(options, "alice");
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  auto& old = cluster.owner(key_of_alice);
  cluster.replica_of(old).command({"CLUSTER", "FAILOVER"});
  for (const auto& what : numbered(0, 200)) publish_until_accepted(one, what);
  cluster.wait_for_other_owner(key_of_alice, old);
  auto begin = clock_type::now();
  publish_until_accepted(one, to_user("alice", "1", "last"));
  CHECK(clock_type::now() - begin < 2s);
  REQUIRE(directory.heard->wait_for_last("alice", "last"));
  auto ids = ids_of(directory.heard->items_of("alice"));
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
  CHECK(ids.size() == 201);
}

TEST_CASE_TEMPLATE("an owner that is killed is followed to its replica; channels elsewhere go on meanwhile", Kind, cluster_channel, cluster_sharded) {
  redis_cluster cluster;
  const auto options = cluster.options(Kind::mode);
  const auto key_of_alice = key_of(options, "alice");
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  auto& old = cluster.owner(key_of_alice);
  accepted(one.publish(to_user("alice", "1", "before")));
  REQUIRE(old.command({"WAIT", "1", "5000"}) == "1");
  std::string other = "bob";
  while (&cluster.owner(key_of(options, other)) == &old) other += 'b';
  old.kill();
  auto begin = clock_type::now();
  CHECK(eventually([&] { return !one.status().publishing; }));
  CHECK(clock_type::now() - begin < 1s);
  accepted(one.publish(to_user(other, "1", "elsewhere")));
  CHECK(refused(one.publish(to_user("alice", "1", "during"))).code == errc::unavailable);
  publish_until_accepted(one, to_user("alice", "1", "during"));
  CHECK(clock_type::now() - begin < 6s);
  REQUIRE(one.wait_until_there());
  publish_until_accepted(one, to_user("alice", "1", "after"));
  REQUIRE(directory.heard->wait_for_last("alice", "after"));
  auto ids = ids_of(directory.heard->items_of("alice"));
  CHECK(ids == std::vector<std::string>{"before", "during", "after"});
}

TEST_CASE("nodes that do not answer are passed over, and said") {
  cluster_channel kind;
  auto options = kind.options();
  options.hosts.insert(options.hosts.begin(), {"127.0.0.1", free_port()});
  captured_log log;
  node one{redis_node(options)};
  CHECK(one.wait_until_there());
  CHECK(log.count({"redis_cluster_no_answer", options.hosts[0].port}) >= 1);
}

TEST_SUITE_END();
