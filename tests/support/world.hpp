#pragma once

#include "tests/support/fake_bridge.hpp"
#include "tests/support/manual_home.hpp"
#include "tests/support/recording_link.hpp"

#include "actors/messages.hpp"
#include "actors/rules.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <doctest/doctest.h>

#include <chrono>

namespace herald::test {

/// An actor system without threads: one home and one clock, both of which move only when the test says so, and a bridge that
/// answers when it is told to. At its end it stops what the test spawned and checks that no actor is left.
class world {
public:
  world() : system_(config_), home_(system_, 0) {
    bridge_ = spawn_on<fake_bridge>(home_, bridge_log_);
    watch(bridge_);
  }

  ~world() {
    for (auto what = watched_.rbegin(); what != watched_.rend(); ++what)
      caf::anon_send_exit(caf::actor_cast<caf::actor>(*what), caf::exit_reason::user_shutdown);
    home_.run();
    watched_.clear();
    bridge_ = nullptr;
    bridge_log_.clear();
    for (std::size_t kind = 0; kind < actor_kinds; ++kind)
      CHECK_MESSAGE(home_.stats().actors[kind].get() == 0, "left behind: ",
                    to_string(static_cast<actor_kind>(kind)));
    scheduler().clock().cancel_all();
  }

  world(const world&) = delete;
  world& operator=(const world&) = delete;

  caf::actor_system& system() noexcept { return system_; }
  herald::test::manual_home& home() noexcept { return home_; }
  shard_stats& stats() noexcept { return home_.stats(); }
  const bridge_actor& bridge() const noexcept { return bridge_; }
  bridge_record& backplane() noexcept { return bridge_log_; }
  actor_rules& rules() noexcept { return rules_; }  ///< To be changed before the first spawn.

  template <class Actor, class... Args>
  auto spawn(Args&&... args) {
    auto who = spawn_on<Actor>(home_, std::forward<Args>(args)...);
    watch(who);
    return who;
  }

  /// Sends, and runs all that follows from it.
  template <class Handle, class Message>
  void tell(const Handle& who, Message what) {
    caf::anon_send(who, std::move(what));
    home_.run();
  }

  void run() { home_.run(); }

  /// Lets time go by, and runs all that was due.
  void advance(std::chrono::milliseconds by) {
    scheduler().advance_time(by);
    home_.run();
  }

private:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  template <class Handle>
  void watch(const Handle& who) {
    watched_.push_back(caf::actor_cast<caf::strong_actor_ptr>(who));
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  testing_config config_;
  caf::actor_system system_;
  manual_home home_;
  actor_rules rules_;
  bridge_record bridge_log_;
  bridge_actor bridge_;
  std::vector<caf::strong_actor_ptr> watched_;
};

/// A connection of `user`, whose client is `out`.
inline connect connection(std::string user, const recording_link_ptr& out, std::vector<std::string> groups = {},
                          bool may_publish = false) {
  auto who = std::make_shared<hello>();
  who->session_id = "of-" + user;
  who->user = std::move(user);
  for (const auto& id : groups) who->groups.push_back(channel::group(id));
  who->may_publish = may_publish;
  who->out = out;
  return {std::move(who)};
}

/// A run of notifications with these bodies; the first is at `offset`, and without one (0) they have no position.
inline deliver run_of(const channel& to, std::uint64_t offset, std::vector<std::string> bodies) {
  std::vector<notification> items;
  for (auto& body : bodies) {
    notification item;
    item.id = "id-" + body;
    if (offset != 0) item.position = cursor{1, offset++, 0};
    item.data = std::move(body);
    items.push_back(std::move(item));
  }
  return {caf::make_counted<const batch>(to, std::move(items))};
}

}  // namespace herald::test
