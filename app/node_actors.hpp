#pragma once

#include "actors/messages.hpp"
#include "actors/revocations.hpp"
#include "actors/rules.hpp"
#include "actors/token_index.hpp"
#include "app/config.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/options.hpp"
#include "transport/public_port.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace herald::app {

/// What the actors write down for the probes, the metrics and the handshakes. Outlives them all.
/// Thread: each member says for itself.
struct node_state {
  backplane::bridge_status backplane;
  revocations revoked;
  token_index tokens;
};

/// The actors that a node has as long as it runs: who needs whom, where they live and how they end. The others (a user's router, a
/// client's session) are spawned by the directories.
/// Thread: the node's own. They are spawned before their shards start, and ended while these run still.
/// Owns:   the actors, with the rules that they and all sessions go by: it has to outlive the shards' threads.
class node_actors {
public:
  /// `port`: its shards are there already; the directories go into it. `internal`: the internal port's shard.
  node_actors(const settings& from, node_state& state, transport::public_port& port, transport::shard& internal);

  /// Reads the files that the backplane needs. Nothing if that worked, else what is wrong. Before `spawn`.
  std::optional<std::string> load();

  /// Those that clients and the internal port speak to.
  /// `on_said` is told what other nodes say.
  void spawn(backplane::said_handler on_said);

  /// Tells all of them to end: they hold each other, and each lets go of the others when it does.
  void end();

  const bridge_actor& bridge() const noexcept { return bridge_; }
  const publisher_actor& publishing() const noexcept { return publisher_; }
  const warden_actor& ordering() const noexcept { return warden_; }

private:
  bridge_actor spawn_bridge(backplane::said_handler on_said);

  const settings& settings_;
  node_state& state_;
  transport::public_port& port_;
  transport::shard& internal_;
  actor_rules rules_;
  backplane::redis_options redis_;
  bridge_actor bridge_;
  publisher_actor publisher_;
  warden_actor warden_;
};

}  // namespace herald::app
