#pragma once

#include "actors/messages.hpp"
#include "transport/outbox.hpp"
#include "transport/shard.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace herald::transport {

class tls_port;

/// What the settings say about clients' connections.
struct public_port_options {
  std::chrono::milliseconds handshake_timeout{10'000};
  std::size_t handshake_max_bytes = 8 * 1024;
  std::size_t message_max_bytes = 64 * 1024;
  std::chrono::milliseconds ping_interval{25'000};
  /// How long a close may take before the connection is cut.
  std::chrono::milliseconds close_timeout{5'000};
  outbox_limits outbox;
  std::size_t max_connections = 10'000;
  std::size_t max_groups_per_session = 100;
  bool clients_may_publish = false;
};

/// Where clients come in: the shards, their directories, and who is let in.
/// Thread: any; set up before the listener starts.
struct public_port {
  public_port_options options;
  std::vector<shard*> shards;
  std::vector<directory_actor> directories;  ///< One a shard, in the same order.
  const tls_port* tls = nullptr;             ///< Null: the port is plain.
  std::atomic<std::size_t> connections{0};   ///< Open now, handshakes included.
  std::atomic<bool> stopping{false};         ///< New clients are told to go elsewhere.

  /// The shard on which a user lives.
  std::size_t shard_of(const std::string& user) const noexcept {
    return std::hash<std::string>{}(user) % shards.size();
  }
};

/// Counts a connection for as long as it lives, wherever it goes.
class connection_slot {
public:
  explicit connection_slot(public_port& port) noexcept : port_(&port) { ++port.connections; }
  connection_slot(connection_slot&& other) noexcept : port_(std::exchange(other.port_, nullptr)) {}
  connection_slot& operator=(connection_slot&&) = delete;
  ~connection_slot() {
    if (port_ != nullptr) --port_->connections;
  }

private:
  public_port* port_;
};

}  // namespace herald::transport
