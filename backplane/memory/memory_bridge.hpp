#pragma once

#include "actors/pinned.hpp"
#include "backplane/bridge.hpp"
#include "backplane/ingress.hpp"
#include "backplane/memory/kept_positions.hpp"
#include "backplane/memory/memory_log.hpp"
#include "backplane/memory/seen_ids.hpp"
#include "backplane/run_collector.hpp"

namespace herald::backplane {

/// A backplane inside this process: the default of the first run. Keeps the promises of `bridge.hpp` for one node.
/// Thread: its home.   Owns: the logs, the subscriptions.   Ends: with the node.
/// Bound:  logs and ids as `memory_log` and `seen_ids` say. With too much on its way to the sessions it accepts nothing:
///         it is the backplane itself, so there is nobody else to keep it waiting.
class memory_bridge : public pinned<bridge_actor, actor_kind::bridge> {
public:
  memory_bridge(caf::actor_config& cfg, const bridge_limits& limits, bridge_status& status);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  void on_subscribe(const subscribe& what);
  void on_unsubscribe(const unsubscribe& what);
  published on_publish(publication what);
  published accept(publication what);
  log_page on_read(const read_log& what);
  void on_forwarded(const forwarded& what);
  void on_directory_down(const caf::actor_addr& who);
  void count_feeds();

  cursor keep(const notification& what, const publication& from);
  void hand_out(const channel& to, notification what);
  void flush();

  bridge_status& status_;
  memory_log logs_;
  seen_ids seen_;
  kept_positions positions_;
  ingress ingress_;
  run_collector runs_;
  feed_table feeds_;
  std::uint64_t trace_share_;
  bool flush_is_due_ = false;
};

/// The home and the status have to outlive it.
bridge_actor spawn_memory_bridge(home& where, const bridge_limits& limits, bridge_status& status);

}  // namespace herald::backplane
