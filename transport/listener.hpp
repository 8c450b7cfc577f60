#pragma once

#include "transport/public_port.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::transport {

/// Accepts clients on all shards: one port, a duplicate of its socket for each shard, and whichever shard is awake first
/// takes the connection.
/// Thread: any for its own functions; accepts on the shards.
/// Bound:  64 accepts a turn and shard. Without a file descriptor left it cuts the oldest unfinished handshake;
///         if there is none it pauses for 100 ms, and clients wait in the backlog.
class listener {
public:
  explicit listener(public_port& port);
  ~listener();

  /// Opens the port. Nothing if that worked, else what is wrong.
  std::optional<std::string> open(const std::string& address, std::uint16_t port);

  /// The port that it is, also when any free one was asked for.
  std::uint16_t port() const noexcept { return number_; }

  /// Begins to accept. @pre it is open
  void start();

  /// Closes the port. The shards run still.
  void stop();

private:
  class acceptor;

  public_port& port_;
  std::uint16_t number_ = 0;
  std::vector<std::shared_ptr<acceptor>> acceptors_;
};

}  // namespace herald::transport
