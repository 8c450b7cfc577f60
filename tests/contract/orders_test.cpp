#include <doctest/doctest.h>

#include "actors/unix_time.hpp"
#include "tests/contract/support/backplanes.hpp"

#include <algorithm>
#include <mutex>

using namespace herald;
using namespace herald::contract;

/// Orders to every node: promise 7 of `backplane/bridge.hpp`.
TEST_SUITE_BEGIN("orders");

namespace {

/// What a node was told to do.
class told {
public:
  void add(const order& what) {
    const std::lock_guard guard{mutex_};
    orders_.push_back(what);
  }
  bool has(const order& what) const {
    const std::lock_guard guard{mutex_};
    return std::ranges::find(orders_, what) != orders_.end();
  }
  std::size_t count() const {
    const std::lock_guard guard{mutex_};
    return orders_.size();
  }

private:
  mutable std::mutex mutex_;
  std::vector<order> orders_;
};

node::spawn telling(const backplane::redis_options& options, const std::shared_ptr<told>& into) {
  return [=](thread_home& where, backplane::bridge_status& status) {
    return backplane::spawn_redis_bridge(where, where.context(), options, {}, status,
                                         [into](const order& what) { into->add(what); });
  };
}

order revoked(std::string user, std::int64_t for_s = 60) {
  return {order::kind::revoke_user, std::move(user), unix_ms(), unix_ms() / 1000 + for_s};
}

}  // namespace

#define EVERY_REDIS redis_channel, redis_pattern, cluster_channel, cluster_sharded

TEST_CASE_TEMPLATE("an order comes to every other node, and to those that start later", Kind, EVERY_REDIS) {
  Kind kind;
  auto a_told = std::make_shared<told>(), b_told = std::make_shared<told>(), c_told = std::make_shared<told>();
  node a{telling(kind.options(), a_told)}, b{telling(kind.options(), b_told)};
  REQUIRE(a.wait_until_there());
  REQUIRE(b.wait_until_there());
  const auto first = revoked("alice"), second = revoked("bob");
  CHECK_FALSE(a.spread(first).why_not);
  CHECK_FALSE(b.spread(second).why_not);
  CHECK(eventually([&] { return b_told->has(first) && a_told->has(second); }));
  CHECK_FALSE(a_told->has(first));
  CHECK_FALSE(b_told->has(second));
  node c{telling(kind.options(), c_told)};
  CHECK(eventually([&] { return c_told->has(first) && c_told->has(second); }));
}

TEST_CASE_TEMPLATE("a node that was cut off hears what it missed, once", Kind, redis_channel, redis_pattern) {
  Kind kind;
  auto heard = std::make_shared<told>();
  node a{telling(kind.options(), heard)};
  REQUIRE(a.wait_until_there());
  const auto before = revoked("alice"), missed = revoked("bob");
  CHECK_FALSE(a.spread(before).why_not);
  const auto text = "user " + std::to_string(missed.at_ms) + " bob";
  kind.server.command({"ZADD", "herald:orders:{herald:control}", std::to_string(missed.until_s), text});
  const auto reconnects = a.status().reconnects.get();
  kind.server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  CHECK(eventually([&] { return heard->has(missed); }));
  kind.server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  CHECK(eventually([&] { return a.status().reconnects.get() >= reconnects + 2 && a.wait_until_there(); }));
  CHECK(heard->count() == 1);
}

TEST_CASE("many orders are read page by page, and those that have ended are not") {
  redis_channel kind;
  const auto until = unix_ms() / 1000 + 60;
  for (int i = 0; i < 1200; ++i)
    kind.server.command({"ZADD", "herald:orders:{herald:control}", std::to_string(until + i % 7), "token 1 t-" + std::to_string(i)});
  kind.server.command({"ZADD", "herald:orders:{herald:control}", "1000", "token 1 ended"});
  auto heard = std::make_shared<told>();
  node a{telling(kind.options(), heard)};
  CHECK(eventually([&] { return heard->count() == 1200; }));
  // What has ended goes with the next one.
  REQUIRE(a.wait_until_there());
  CHECK_FALSE(a.spread(revoked("alice")).why_not);
  CHECK(kind.server.command({"ZCARD", "herald:orders:{herald:control}"}) == "1201");
}

TEST_CASE("without Redis, or without its leave, nothing is done") {
  redis_channel kind;
  auto heard = std::make_shared<told>();
  node a{telling(kind.options(), heard)};
  REQUIRE(a.wait_until_there());
  kind.server.command({"SET", "herald:orders:{herald:control}", "not a sorted set"});
  const auto outcome = a.spread(revoked("alice"));
  REQUIRE(outcome.why_not);
  CHECK(outcome.why_not->code == errc::unavailable);
  kind.server.kill();
  CHECK(eventually([&] { return !a.status().publishing; }));
  CHECK(a.spread(revoked("alice")).why_not);
  CHECK(heard->count() == 0);
}

TEST_SUITE_END();
