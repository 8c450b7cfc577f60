#pragma once

#include "backplane/bridge.hpp"
#include "transport/auth/key_ring.hpp"
#include "transport/public_port.hpp"
#include "transport/shard_watch.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace herald::app {

/// What the probes answer. Never asks Redis: it only looks at what others wrote down.
/// Thread: the internal port's.
class health {
public:
  /// `keys`: null where clients come without tokens.
  health(const transport::shard_watch& watch, const transport::public_port& port,
         const backplane::bridge_status& bridge, const transport::key_ring* keys,
         std::chrono::milliseconds readiness_grace)
    : watch_(watch), port_(port), bridge_(bridge), keys_(keys), readiness_grace_(readiness_grace) {}

  /// The first shard that did not turn for ten seconds: it is dead, and the node should be restarted.
  std::optional<std::size_t> stuck_shard() const;

  /// One sentence, or empty if the node is ready.
  std::string why_not_ready() const;

private:
  const transport::shard_watch& watch_;
  const transport::public_port& port_;
  const backplane::bridge_status& bridge_;
  const transport::key_ring* keys_;
  std::chrono::milliseconds readiness_grace_;
};

}  // namespace herald::app
