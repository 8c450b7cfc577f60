#include <doctest/doctest.h>

#include "tests/contract/support/backplanes.hpp"
#include "tests/contract/support/captured_log.hpp"

using namespace herald;
using namespace herald::contract;
using namespace std::chrono_literals;

/// What happens when Redis goes, comes back, is deaf, or refuses.
TEST_SUITE_BEGIN("redis faults");

namespace {

const auto alice = channel::user("alice");

using clock_type = std::chrono::steady_clock;

std::vector<publication> numbered(int count, int from = 0) {
  std::vector<publication> all;
  for (int i = from; i < from + count; ++i) all.push_back(to_user("alice", "1", "m" + std::to_string(i)));
  return all;
}

/// Whether the last answers for the channel are: lost, then live again.
bool was_lost_and_is_live(const node::listener& who, const channel& what) {
  return who.heard->wait([&] {
    auto all = who.heard->changes_so_far(what);
    return all.size() >= 2 && !all[all.size() - 2].live && all.back().live;
  });
}

bool was_lost(const node::listener& who, const channel& what) {
  return who.heard->wait([&] {
    auto all = who.heard->changes_so_far(what);
    return !all.empty() && !all.back().live;
  });
}

}  // namespace

TEST_CASE_TEMPLATE("without Redis at the start everything is answered at once, and works when it comes", Kind, redis_channel, redis_pattern) {
  Kind kind;
  captured_log log;
  kind.server.kill();
  node one{kind.node_of()};
  auto directory = one.listen();
  one.subscribe(directory, alice);
  auto answers = directory.heard->changes(alice, 1);
  REQUIRE(answers.size() == 1);
  CHECK_FALSE(answers[0].live);
  auto begin = clock_type::now();
  CHECK(refused(one.publish(to_user("alice", "0", "a"))).code == errc::unavailable);
  CHECK(clock_type::now() - begin < 1s);
  CHECK_FALSE(one.status().publishing);
  CHECK_FALSE(one.status().subscribed);
  CHECK(one.status().away_since_ms > 0);
  CHECK(eventually([&] { return log.count({"redis_unreachable", "127.0.0.1:" + kind.server.port(), "retry_in_ms"}) > 0; }));
  kind.server.start();
  REQUIRE(one.wait_until_there());
  CHECK(directory.heard->changes(alice, 2).back().live);
  accepted(one.publish(to_user("alice", "1", "b")));
  CHECK(directory.heard->items(1).size() == 1);
  CHECK(one.status().away_since_ms == 0);
  CHECK(log.count({"redis_connected"}) == 2);
}

TEST_CASE_TEMPLATE("Redis restarted: said to be away, then everything is subscribed again", Kind, redis_channel, redis_pattern) {
  Kind kind;
  captured_log log;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  const auto group = channel::group("g");
  one.subscribe_live(directory, alice);
  one.subscribe_live(directory, group);
  auto first = accepted(one.publish(to_user("alice", "0", "a")));
  directory.heard->items(1);
  kind.server.kill();
  REQUIRE(was_lost(directory, alice));
  REQUIRE(was_lost(directory, group));
  CHECK(directory.heard->changes_so_far(alice).back().position == first.position);
  CHECK(eventually([&] { return !one.status().publishing && !one.status().subscribed && one.status().away_since_ms > 0; }));
  CHECK(one.status().subscriptions.get() == 0);
  auto begin = clock_type::now();
  CHECK(refused(one.publish(to_user("alice", "1", "b"))).code == errc::unavailable);
  CHECK(clock_type::now() - begin < 1s);
  kind.server.start();
  REQUIRE(was_lost_and_is_live(directory, alice));
  REQUIRE(was_lost_and_is_live(directory, group));
  REQUIRE(one.wait_until_there());
  auto second = accepted(one.publish(to_user("alice", "2", "c")));
  CHECK(second.position->epoch != first.position->epoch);
  CHECK(second.position->offset == 1);
  accepted(one.publish({group, "3", "d", true, std::nullopt}));
  directory.heard->items(3);
  CHECK(directory.heard->data_of("alice") == std::vector<std::string>{"0", "2"});
  CHECK(directory.heard->data_of("group:g") == std::vector<std::string>{"3"});
  CHECK(one.status().reconnects.get() == 2);
  CHECK(log.count({"redis_lost"}) >= 1);
}

TEST_CASE_TEMPLATE("a subscriber that Redis drops comes back, while publishing goes on", Kind, redis_channel, redis_pattern) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  for (int round = 0; round < 3; ++round) {
    auto seen = directory.heard->changes_so_far(alice).size();
    CHECK(kind.server.command({"CLIENT", "KILL", "TYPE", "pubsub"}) == "1");
    auto changes = directory.heard->changes(alice, seen + 2);
    REQUIRE(changes.size() == seen + 2);
    CHECK_FALSE(changes[seen].live);
    CHECK(changes[seen + 1].live);
    CHECK(one.status().publishing);
    accepted(one.publish(to_user("alice", std::to_string(round), "m" + std::to_string(round))));
    directory.heard->items(static_cast<std::size_t>(round) + 1);
  }
  CHECK(directory.heard->data_of("alice") == std::vector<std::string>{"0", "1", "2"});
}

TEST_CASE("a publishing connection that Redis drops comes back, and every publish is answered") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  const auto all = numbered(2000);
  auto under_way = one.publish_later(all);
  directory.heard->items(1);
  kind.server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  std::vector<std::string> receipts;
  for (const auto& x : under_way.answers())
    if (auto* yes = std::get_if<receipt>(&x.result)) receipts.push_back(yes->id);
    else CHECK(refused(x).code == errc::unavailable);
  REQUIRE(eventually([&] { return one.status().reconnects.get() >= 1 && one.status().publishing; }));
  CHECK(directory.heard->changes_so_far(alice).size() == 1);  // the subscriber was not concerned
  // Whoever was told no tries again with the same id: nothing comes twice.
  for (const auto& x : one.publish_all(all)) accepted(x);
  auto items = directory.heard->items(2000);
  accepted(one.publish(to_user("alice", "1", "last")));
  items = directory.heard->items(2001);
  REQUIRE(items.size() == 2001);
  std::vector<std::string> ids;
  for (const auto& x : items) ids.push_back(x.what.id);
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

TEST_CASE_TEMPLATE("a Redis that is connected but deaf is noticed, and left", Kind, redis_channel, redis_pattern) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  auto begin = clock_type::now();
  kind.server.freeze();
  auto answer = one.publish(to_user("alice", "0", "a"));
  CHECK(refused(answer).code == errc::unavailable);
  CHECK(clock_type::now() - begin < 3s);
  auto again = clock_type::now();
  CHECK(refused(one.publish(to_user("alice", "0", "b"))).code == errc::unavailable);
  CHECK(clock_type::now() - again < 500ms);
  CHECK(was_lost(directory, alice));
  CHECK(clock_type::now() - begin < 5s);
  kind.server.thaw();
  REQUIRE(was_lost_and_is_live(directory, alice));
  REQUIRE(one.wait_until_there());
  accepted(one.publish(to_user("alice", "1", "c")));
  // What Redis was sent while it was deaf, it may have taken after all: then it is delivered as well, before.
  CHECK(directory.heard->wait([&] { return !directory.heard->items_of("alice").empty() && directory.heard->data_of("alice").back() == "1"; }));
}

TEST_CASE_TEMPLATE("a subscription on a server that nobody publishes to any more is noticed, though it answers", Kind, redis_channel, redis_pattern) {
  Kind abandoned;
  redis_server used;
  auto options = abandoned.options();
  options.hosts.push_back({"127.0.0.1", used.port()});
  captured_log log;
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  // The connection for commands goes to the other server; the one that listens stays, and is answered.
  abandoned.server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  REQUIRE(eventually([&] { return !one.status().publishing || one.status().reconnects.get() > 0; }));
  REQUIRE(eventually([&] { return one.status().publishing.load(); }));
  auto begin = clock_type::now();
  accepted(one.publish(to_user("alice", "1", "heard-in-the-end")));
  CHECK(used.command({"EXISTS", "herald:log:{notification:alice}"}) == "1");
  CHECK(directory.heard->wait_for_last("alice", "heard-in-the-end"));
  CHECK(clock_type::now() - begin < 8s);
  CHECK(log.count({"redis_lost", "it hears nothing that this node publishes"}) == 1);
}

TEST_CASE("a script that Redis has forgotten is sent again, and order stays") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  constexpr int rounds = 5;
  constexpr int each = 3000;  // many reads and writes, so that some are under way whenever the loss is noticed
  for (int round = 0; round < rounds; ++round) {
    kind.server.command({"SCRIPT", "FLUSH"});
    for (const auto& x : one.publish_all(numbered(each, round * each))) CHECK_FALSE(accepted(x).repeated);
  }
  auto items = directory.heard->items(rounds * each);
  REQUIRE(items.size() == rounds * each);
  for (int i = 0; i < rounds * each; ++i)
    REQUIRE(items[static_cast<std::size_t>(i)].what.id == "m" + std::to_string(i));
  CHECK(one.status().reconnects.get() == 0);
}

TEST_CASE("a Redis without memory refuses, says so, and leaves no hole behind") {
  redis_channel kind;
  captured_log log;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  auto first = accepted(one.publish(to_user("alice", "0", "a")));
  kind.server.command({"CONFIG", "SET", "maxmemory", "1"});
  auto no = refused(one.publish(to_user("alice", "1", "b")));
  CHECK(no.code == errc::unavailable);
  CHECK(no.message.find("OOM") != std::string::npos);
  CHECK(refused(one.publish({channel::user("new"), "1", "b", true, std::nullopt})).code == errc::unavailable);
  CHECK(refused(one.publish({alice, "1", "b", false, std::nullopt})).code == errc::unavailable);
  CHECK(log.count({"redis_refused_publish", "OOM"}) >= 1);
  kind.server.command({"CONFIG", "SET", "maxmemory", "0"});
  auto second = accepted(one.publish(to_user("alice", "1", "b")));
  CHECK_FALSE(second.repeated);
  CHECK(second.position->offset == first.position->offset + 1);
  CHECK(one.status().reconnects.get() == 0);
}

TEST_CASE("a Redis that became a replica refuses, and is not used until it is master again") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  kind.server.command({"REPLICAOF", "127.0.0.1", "1"});
  auto no = refused(one.publish(to_user("alice", "1", "a")));
  CHECK(no.code == errc::unavailable);
  CHECK(no.message.find("READONLY") != std::string::npos);
  CHECK(eventually([&] { return !one.status().publishing && one.status().away_since_ms > 0; }));
  kind.server.command({"REPLICAOF", "NO", "ONE"});
  REQUIRE(one.wait_until_there());
  accepted(one.publish(to_user("alice", "1", "a")));
}

TEST_CASE_TEMPLATE("of several servers the master is found, for both connections", Kind, redis_channel, redis_pattern) {
  Kind kind;
  redis_server replica;
  replica.command({"REPLICAOF", "127.0.0.1", kind.server.port()});
  captured_log log;
  auto options = kind.options();
  options.hosts.insert(options.hosts.begin(), {"127.0.0.1", replica.port()});
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  CHECK(log.count({"redis_unreachable", "a replica"}) >= 1);
  auto clients = kind.server.command({"CLIENT", "LIST"});
  CHECK(clients.find("name=contract-sub") != std::string::npos);
  CHECK(clients.find("name=contract-cmd") != std::string::npos);
  CHECK(replica.command({"CLIENT", "LIST"}).find("name=contract") == std::string::npos);
}

TEST_CASE("a foreign key in the log's place is Redis's word to the publisher") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  kind.server.command({"SET", "herald:log:{notification:alice}", "mine"});
  accepted(one.publish(to_user("alice", "0", "a")));  // a new log replaces what is in its way
  kind.server.command({"SET", "herald:log:{notification:alice}", "mine"});
  CHECK(refused(one.publish(to_user("alice", "1", "b"))).message.find("WRONGTYPE") != std::string::npos);
  kind.server.command({"DEL", "herald:log:{notification:alice}"});
  CHECK(accepted(one.publish(to_user("alice", "1", "b"))).position->offset == 2);
}

TEST_CASE("a password is used and never shown; a wrong one is said") {
  redis_server server;
  server.command({"ACL", "SETUSER", "herald", "on", ">hunter2-right", "+@all", "~herald:*", "&notification:*"});
  server.command({"ACL", "SETUSER", "default", "off"});
  auto options = options_for(server, backplane::redis_options::mode::pattern);
  options.user = "herald";
  captured_log log;
  {
    options.password = "hunter2-wrong";
    node one{redis_node(options)};
    CHECK(eventually([&] { return log.count({"redis_unreachable", "WRONGPASS"}) > 0; }));
    CHECK_FALSE(one.status().publishing);
  }
  options.password = "hunter2-right";
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  accepted(one.publish(to_user("alice", "1", "a")));
  CHECK(directory.heard->items(1).size() == 1);
  CHECK(log.count({"hunter2"}) == 0);
}

TEST_CASE("a subscription that Redis refuses is a lost connection, tried again with a back-off") {
  redis_server server;
  server.command({"ACL", "SETUSER", "default", "resetchannels", "&other:*"});
  captured_log log;
  node one{redis_node(options_for(server, backplane::redis_options::mode::channel))};
  auto directory = one.listen();
  one.subscribe(directory, alice);
  CHECK(eventually([&] { return log.count({"redis_lost", "NOPERM"}) > 0; }));
  CHECK(was_lost(directory, alice));
  server.command({"ACL", "SETUSER", "default", "allchannels"});
  CHECK(was_lost_and_is_live(directory, alice));
}

TEST_CASE("too many publishes on their way are refused at once") {
  redis_channel kind;
  auto options = kind.options();
  options.max_pending = 10;
  options.max_pending_bytes = 100;
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  kind.server.freeze();
  auto begin = clock_type::now();
  auto waiting = one.publish_later(numbered(10));
  auto too_many = one.publish_later(numbered(5, 10));
  for (const auto& x : too_many.answers()) CHECK(refused(x).message.find("too much waits") != std::string::npos);
  CHECK(clock_type::now() - begin < 1s);
  kind.server.thaw();
  for (const auto& x : waiting.answers()) accepted(x);
  CHECK(refused(one.publish(to_user("alice", '"' + std::string(100, 'x') + '"', "big"))).code == errc::unavailable);
  accepted(one.publish(to_user("alice", "1", "y")));
}

TEST_CASE("a connection that breaks while the script is loaded again leaves no publish without an answer") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  for (int round = 0; round < 20; ++round) {
    kind.server.command({"SCRIPT", "FLUSH"});
    auto under_way = one.publish_later(numbered(500, round * 500));
    kind.server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    for (const auto& x : under_way.answers())
      if (auto* no = std::get_if<failure>(&x.result)) REQUIRE(no->code == errc::unavailable);
    REQUIRE(one.wait_until_there());
  }
  // None is counted as waiting for ever.
  for (const auto& x : one.publish_all(numbered(9000, 100'000))) accepted(x);
}

TEST_CASE("a bridge that ends answers what it was asked") {
  redis_channel kind;
  auto one = std::make_unique<node>(kind.node_of());
  REQUIRE(one->wait_until_there());
  kind.server.freeze();
  caf::scoped_actor self{actors()};
  auto handle = self->request(one->bridge(), std::chrono::seconds{10}, herald::publish{to_user("alice", "1", "a")});
  auto begin = clock_type::now();
  one.reset();
  bool answered = false;
  handle.receive([&](published& what) { answered = refused(what).code == errc::unavailable; },
                 [&](const caf::error&) { answered = true; });
  CHECK(answered);
  CHECK(clock_type::now() - begin < 5s);
  kind.server.thaw();
}

TEST_SUITE_END();
