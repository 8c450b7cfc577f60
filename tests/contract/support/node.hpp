#pragma once

#include "backplane/bridge.hpp"
#include "backplane/redis/options.hpp"
#include "tests/contract/support/ear.hpp"
#include "tests/contract/support/thread_home.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace herald::contract {

/// The actor system that all tests share; `main` owns it, so that it ends before the library's own statics do.
caf::actor_system& actors();
void share(caf::actor_system& system);

/// A bridge with a home of its own: what a node is to its backplane.
class node {
public:
  using spawn = std::function<bridge_actor(thread_home&, backplane::bridge_status&)>;

  explicit node(const spawn& how);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  const bridge_actor& bridge() const noexcept { return bridge_; }
  backplane::bridge_status& status() noexcept { return status_; }
  shard_stats& stats() noexcept { return home_.stats(); }
  std::uint64_t dropped(drop_reason why) noexcept { return stats().drop(why).get(); }

  /// A directory of this node, with what it hears.
  struct listener {
    directory_actor who;
    std::shared_ptr<ear> heard;
  };
  listener listen();

  void subscribe(const listener& who, const channel& what);
  /// Waits for the answer "live".
  void subscribe_live(const listener& who, const channel& what);
  void unsubscribe(const listener& who, const channel& what);

  /// Publishes and waits for the answer.
  published publish(publication what);
  /// Publishes all of them at once; the answers are waited for later.
  class under_way;
  under_way publish_later(std::vector<publication> what);
  std::vector<published> publish_all(std::vector<publication> what);
  /// Gives an order and waits for the answer.
  order_spread spread(order what);
  /// Ends a directory as a failure would.
  void end(listener& who);

  /// Waits until it can publish and hear.
  bool wait_until_there();

private:
  backplane::bridge_status status_;
  thread_home home_;
  bridge_actor bridge_;
  std::vector<directory_actor> directories_;
};

class node::under_way {
public:
  under_way(const bridge_actor& bridge, std::vector<publication> what);
  std::vector<published> answers();

private:
  using handle = decltype(std::declval<caf::scoped_actor&>()->request(
    std::declval<const bridge_actor&>(), std::chrono::seconds{}, herald::publish{}));

  caf::scoped_actor self_;
  std::vector<handle> handles_;
};

/// Waits until `is_true`, with a test's patience.
bool eventually(const std::function<bool()>& is_true);

// -- short words --------------------------------------------------------------

/// Out of line: inlined where strings of a known size are given, gcc 12 sees an overflow that is none (-Warray-bounds).
publication to_user(std::string_view user, std::string data, std::string id);

/// The receipt, or a failed test with Redis's word.
receipt accepted(const published& what);
/// The failure, or a failed test.
failure refused(const published& what);

}  // namespace herald::contract
