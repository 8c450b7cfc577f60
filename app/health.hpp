#pragma once

#include "backplane/bridge.hpp"
#include "transport/public_port.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace herald::app {

/// What the probes answer. Never asks Redis: it only looks at what others wrote down.
/// Thread: the internal port's; its questions come from there as well.
class health {
public:
  struct limits {
    /// A shard that did not turn for so long is dead.
    std::chrono::seconds stuck_after{10};
    /// How long the backplane may be away before the node says that it is not ready.
    std::chrono::milliseconds readiness_grace{15'000};
  };

  /// `shards` are those that carry clients. They are asked for a sign of life once a second, by a timer of `home`.
  health(transport::shard& home, std::span<transport::shard* const> shards, const transport::public_port& port,
         const backplane::bridge_status& bridge, limits with);

  void start();
  void stop();

  /// The first shard that stopped turning.
  std::optional<std::size_t> stuck_shard() const;

  /// One sentence, or empty if the node is ready.
  std::string why_not_ready() const;

private:
  void probe();

  boost::asio::steady_timer timer_;
  std::span<transport::shard* const> shards_;
  const transport::public_port& port_;
  const backplane::bridge_status& bridge_;
  limits limits_;
};

}  // namespace herald::app
