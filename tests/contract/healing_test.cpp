#include <doctest/doctest.h>

#include "backplane/redis/keys.hpp"
#include "tests/contract/support/backplanes.hpp"

#include <caf/scoped_actor.hpp>

#include <algorithm>

using namespace herald;
using namespace herald::contract;
using namespace std::chrono_literals;

/// Nothing is lost and nothing comes twice: what is read from the logs, and what heals a live stream that was interrupted.
TEST_SUITE_BEGIN("healing");

namespace {

const auto alice = channel::user("alice");

template <class Answer, class Question>
Answer ask(node& of, Question what) {
  caf::scoped_actor self{actors()};
  Answer got;
  self->request(of.bridge(), 15s, std::move(what))
    .receive([&](Answer& answer) { got = std::move(answer); }, [](const caf::error&) { FAIL("the bridge did not answer"); });
  return got;
}

log_page read(node& of, const cursor& after) { return ask<log_page>(of, read_log{alice, after, max_page_bytes}); }

std::vector<std::string> data_in(const log_page& page) {
  std::vector<std::string> all;
  if (page.run)
    for (const auto& item : page.run->items()) all.push_back(item.data);
  return all;
}

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i < to; ++i) out.push_back(std::to_string(i));
  return out;
}

/// Publishes these numbers, and gives where each is.
std::vector<cursor> put(node& with, int from, int to) {
  std::vector<cursor> places;
  for (int i = from; i < to; ++i)
    places.push_back(*accepted(with.publish(to_user("alice", std::to_string(i), "m" + std::to_string(i)))).position);
  return places;
}

std::size_t resets(const node::listener& who) {
  const auto all = who.heard->changes_so_far(alice);
  return static_cast<std::size_t>(std::ranges::count_if(all, [](const auto& x) { return x.is_reset; }));
}

bool hears(const node::listener& who, const std::vector<std::string>& all) {
  return who.heard->wait([&] { return who.heard->data_of("alice").size() >= all.size(); }) && who.heard->data_of("alice") == all;
}

}  // namespace

// -- reading ------------------------------------------------------------------

TEST_CASE_TEMPLATE("the log is read from its start, from a cursor, and from its end", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  const auto nothing = read(one, log_start);
  CHECK(nothing.at_end);
  CHECK_FALSE(nothing.reset);
  CHECK(nothing.position == empty_log);
  const auto at = put(one, 0, 5);
  const auto all = read(one, log_start);
  CHECK(data_in(all) == numbers(0, 5));
  CHECK_FALSE(all.reset);
  CHECK(all.at_end);
  CHECK(all.position == at[4]);
  CHECK(data_in(read(one, empty_log)) == numbers(0, 5));
  CHECK(data_in(read(one, at[2])) == numbers(3, 5));
  const auto none = read(one, at[4]);
  CHECK(none.run == nullptr);
  CHECK(none.at_end);
  CHECK_FALSE(none.reset);
}

TEST_CASE_TEMPLATE("what was trimmed, and a log that is not known, are a reset and what is left", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of({.log_max_entries = 4})};
  REQUIRE(one.wait_until_there());
  const auto at = put(one, 0, 10);
  const auto trimmed = read(one, at[2]);
  REQUIRE(trimmed.reset);
  CHECK(trimmed.reset->offset == at[5].offset);
  CHECK(data_in(trimmed) == numbers(6, 10));
  CHECK_FALSE(read(one, at[5]).reset);
  CHECK(data_in(read(one, at[5])) == numbers(6, 10));
  CHECK_FALSE(read(one, log_start).reset);  // whatever is kept
  const auto foreign = read(one, cursor{at[0].epoch ^ (std::uint64_t{1} << 40), 9, 1});
  CHECK(foreign.reset);
  CHECK(data_in(foreign) == numbers(6, 10));
}

TEST_CASE_TEMPLATE("a page is bounded, and the next one goes on where it ended", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  std::vector<publication> all;
  for (int i = 0; i < 600; ++i) all.push_back(to_user("alice", std::to_string(i), "m" + std::to_string(i)));
  for (const auto& answer : one.publish_all(all)) accepted(answer);
  std::vector<std::string> got;
  auto after = log_start;
  for (int pages = 1;; ++pages) {
    const auto page = read(one, after);
    CHECK(page.run->items().size() <= 256);
    for (const auto& x : data_in(page)) got.push_back(x);
    after = page.position;
    if (page.at_end) {
      CHECK(pages == 3);
      break;
    }
  }
  CHECK(got == numbers(0, 600));
}

TEST_CASE_TEMPLATE("what has expired is left out, and no reset", Kind, EVERY_BACKPLANE) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  const auto first = put(one, 0, 1);
  accepted(one.publish({alice, "\"short\"", "s", true, 1}));
  put(one, 2, 3);
  REQUIRE(eventually([&] { return data_in(read(one, first[0])).size() == 1; }));
  const auto page = read(one, first[0]);
  CHECK(data_in(page) == numbers(2, 3));
  CHECK_FALSE(page.reset);
}

TEST_CASE_TEMPLATE("two nodes on one Redis read the same, and each knows the positions that the other kept", Kind, redis_channel,
                   redis_pattern, redis_sentinel, cluster_channel, cluster_sharded) {
  Kind kind;
  node one{kind.node_of()}, other{kind.node_of()};
  REQUIRE(one.wait_until_there());
  REQUIRE(other.wait_until_there());
  const auto at = put(one, 0, 5);
  CHECK(data_in(read(other, at[1])) == numbers(2, 5));
  CHECK_FALSE(ask<position_kept>(one, keep_position{"alice", "phone", "user", at[3]}).why_not);
  CHECK_FALSE(ask<position_kept>(one, keep_position{"alice", "phone", "user", at[1]}).why_not);
  const auto known = ask<positions>(other, find_positions{"alice", "phone"}).found;
  REQUIRE(known.size() == 1);
  CHECK(known[0].first == "user");
  CHECK(known[0].second == at[3]);
  CHECK(ask<positions>(other, find_positions{"alice", "desk"}).found.empty());
}

// -- healing ------------------------------------------------------------------

TEST_CASE_TEMPLATE("what another node publishes while the subscription is lost is read, in order and once", Kind, redis_channel, redis_pattern) {
  Kind kind;
  node one{kind.node_of()}, other{kind.node_of()};
  REQUIRE(one.wait_until_there());
  REQUIRE(other.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  int n = 0;
  for (int round = 0; round < 5; ++round) {
    put(other, n, n + 3);
    kind.server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    put(other, n + 3, n + 20);
    n += 20;
  }
  CHECK(hears(who, numbers(0, n)));
  CHECK(resets(who) == 0);
}

TEST_CASE("a Redis that stood still loses nothing") {
  redis_channel kind;
  node one{kind.node_of()}, other{kind.node_of()};
  REQUIRE(one.wait_until_there());
  REQUIRE(other.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  put(other, 0, 3);
  kind.server.freeze();
  REQUIRE(eventually([&] { return !one.status().subscribed && !other.status().publishing; }));
  kind.server.thaw();
  REQUIRE(other.wait_until_there());
  put(other, 3, 6);
  CHECK(hears(who, numbers(0, 6)));
  CHECK(resets(who) == 0);
}

TEST_CASE_TEMPLATE("that everything is lost is said, and what is new is delivered", Kind, redis_channel, redis_pattern) {
  Kind kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  const auto old = put(one, 0, 3);
  REQUIRE(hears(who, numbers(0, 3)));
  kind.server.command({"FLUSHALL"});
  put(one, 3, 5);
  CHECK(hears(who, numbers(0, 5)));
  CHECK(resets(who) == 1);
  const auto page = read(one, old[2]);
  CHECK(page.reset);
  CHECK(data_in(page) == numbers(3, 5));
}

namespace {

/// A master and a replica that stops following it when told to, and a node that knows both.
struct rewound {
  redis_server master{{"--repl-diskless-sync-delay", "0"}};
  redis_server replica{{"--replicaof", "127.0.0.1 " + master.port()}};

  backplane::redis_options options() const {
    auto all = options_for(master, backplane::redis_options::mode::channel);
    all.hosts.push_back({"127.0.0.1", replica.port()});
    return all;
  }

  bool has_replica() {
    return eventually([&] { return replica.command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos; });
  }

  /// The replica has all that was written, and follows no more; but it can't be taken for a master yet.
  void cut_off() {
    master.command({"SET", "so-far", "1"});  // WAIT is for what this connection wrote
    REQUIRE(master.command({"WAIT", "1", "5000"}) == "1");
    replica.command({"REPLICAOF", "127.0.0.1", free_port()});
  }

  void take_over() {
    master.kill();
    replica.command({"REPLICAOF", "NO", "ONE"});
  }
};

}  // namespace

TEST_CASE("a replica that was behind takes over: offsets that it gives anew are delivered, and what is lost is said") {
  rewound servers;
  REQUIRE(servers.has_replica());
  node one{redis_node(servers.options())};
  REQUIRE(one.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  put(one, 0, 3);
  servers.cut_off();
  const auto lost = put(one, 3, 5);
  REQUIRE(hears(who, numbers(0, 5)));
  servers.take_over();
  REQUIRE(eventually([&] { return !one.status().publishing; }));
  REQUIRE(one.wait_until_there());
  const auto anew = put(one, 5, 7);
  CHECK(anew[0].offset == lost[0].offset);
  CHECK(anew[1].offset == lost[1].offset);
  CHECK(anew[0].epoch != lost[0].epoch);
  CHECK(hears(who, numbers(0, 7)));
  CHECK(resets(who) >= 1);
  const auto page = read(one, lost[1]);
  CHECK(page.reset);
  CHECK(data_in(page) == numbers(5, 7));
}

TEST_CASE("nothing comes twice from a replica that took over and to which nothing was published yet") {
  rewound servers;
  REQUIRE(servers.has_replica());
  node one{redis_node(servers.options())};
  REQUIRE(one.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  put(one, 0, 3);
  servers.cut_off();
  put(one, 3, 5);
  REQUIRE(hears(who, numbers(0, 5)));
  servers.take_over();
  REQUIRE(who.heard->wait([&] { return resets(who) >= 1; }));
  put(one, 5, 6);
  CHECK(hears(who, numbers(0, 6)));
}

TEST_CASE("without the right to ask a server who it is, tags tell that offsets were given anew") {
  rewound servers;
  REQUIRE(servers.has_replica());
  for (auto* server : {&servers.master, &servers.replica}) server->command({"ACL", "SETUSER", "default", "-info"});
  node one{redis_node(servers.options())};
  REQUIRE(one.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  put(one, 0, 3);
  servers.cut_off();
  const auto lost = put(one, 3, 5);
  REQUIRE(hears(who, numbers(0, 5)));
  servers.take_over();
  REQUIRE(eventually([&] { return !one.status().publishing; }));
  REQUIRE(one.wait_until_there());
  put(one, 5, 7);
  REQUIRE(who.heard->wait([&] { const auto all = who.heard->data_of("alice"); return !all.empty() && all.back() == "6"; }));
  CHECK(resets(who) >= 1);
  const auto page = read(one, lost[1]);
  CHECK(page.reset);
  CHECK(data_in(page).back() == "6");
}

TEST_CASE("a loss that is said by another node is said once, and again once somebody has read the log since") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  const auto at = put(one, 0, 3);
  const auto epoch = epoch_to_hex(at[0].epoch);
  const auto say = [&] {
    kind.server.command({"PUBLISH", "notification:alice", "herald1-lost " + epoch + ' ' + epoch + ":9 " + epoch + ' ' + epoch + ":9"});
  };
  say();
  REQUIRE(who.heard->wait([&] { return resets(who) == 1; }));
  say();
  put(one, 3, 4);
  REQUIRE(hears(who, numbers(0, 4)));
  CHECK(resets(who) == 1);
  // It may have read the log before the loss was written there.
  read(one, at[1]);
  say();
  CHECK(who.heard->wait([&] { return resets(who) == 2; }));
}

TEST_CASE("a loss that was written down while nobody listened is said when the subscription is back, once") {
  redis_channel kind;
  node one{kind.node_of()};
  REQUIRE(one.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  const auto at = put(one, 0, 3);
  REQUIRE(hears(who, numbers(0, 3)));
  kind.server.command({"HSET", backplane::meta_key("notification:alice"), "lost", epoch_to_hex(at[0].epoch) + ":9"});
  kind.server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  REQUIRE(who.heard->wait([&] { return resets(who) == 1; }));
  kind.server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  put(one, 3, 4);
  REQUIRE(hears(who, numbers(0, 4)));
  CHECK(resets(who) == 1);
}

// -- publishing ---------------------------------------------------------------

TEST_CASE_TEMPLATE("the same id published a hundred times on three nodes is one message with a hundred equal receipts", Kind, redis_channel,
                   cluster_sharded) {
  Kind kind;
  node one{kind.node_of()}, two{kind.node_of()}, three{kind.node_of()};
  for (auto* each : {&one, &two, &three}) REQUIRE(each->wait_until_there());
  const auto who = two.listen();
  two.subscribe_live(who, alice);
  const std::vector<publication> same(34, to_user("alice", "0", "same"));
  auto of_one = one.publish_later(same), of_two = two.publish_later(same), of_three = three.publish_later(same);
  std::size_t first = 0, count = 0;
  std::optional<cursor> place;
  for (auto* under_way : {&of_one, &of_two, &of_three})
    for (const auto& answer : under_way->answers()) {
      const auto got = accepted(answer);
      if (!place) place = got.position;
      CHECK(got.position == place);
      first += got.repeated ? 0 : 1;
      ++count;
    }
  CHECK(first == 1);
  CHECK(count == 102);
  accepted(one.publish(to_user("alice", "1", "next")));
  CHECK(hears(who, numbers(0, 2)));
}

TEST_CASE("where replicas are waited for, a publish that none has is refused, and accepted again with the same id") {
  redis_server master{{"--repl-diskless-sync-delay", "0"}};
  auto options = options_for(master, backplane::redis_options::mode::channel);
  options.wait_replicas = 1;
  options.replica_timeout = 200ms;
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  const auto who = one.listen();
  one.subscribe_live(who, alice);
  const auto why = refused(one.publish(to_user("alice", "0", "a")));
  CHECK(why.code == errc::unavailable);
  CHECK(why.message.find("only 0 of 1 replicas have it") != std::string::npos);
  redis_server replica{{"--replicaof", "127.0.0.1 " + master.port()}};
  REQUIRE(eventually([&] { return replica.command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos; }));
  published again;
  REQUIRE(eventually([&] {
    again = one.publish(to_user("alice", "0", "a"));
    return std::holds_alternative<receipt>(again.result);
  }));
  CHECK(accepted(again).repeated);
  CHECK(hears(who, numbers(0, 1)));
}

TEST_SUITE_END();
