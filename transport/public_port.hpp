#pragma once

#include "actors/messages.hpp"
#include "transport/limits/admission.hpp"
#include "transport/limits/inbound_pace.hpp"
#include "transport/limits/unfinished.hpp"
#include "transport/outbox.hpp"
#include "transport/shard.hpp"
#include "transport/upgrade.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace herald::transport {

class authenticator;
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
  upgrade_rules upgrade;
  admission_limits admission;
  inbound_limits inbound;
  /// Of all shards together.
  std::size_t max_unfinished = 1'024;
  /// Whose X-Forwarded-For and PROXY headers are believed.
  std::vector<ip_network> trusted_proxies;
  /// Every connection begins with a PROXY header.
  bool expects_proxy_header = false;
  /// SO_SNDBUF; 0: the system's own choice.
  std::size_t socket_send_bytes = 0;
  bool compression = false;  ///< permessage-deflate, for clients that offer it.
};

/// Where clients come in: the shards, their directories, and who is let in.
/// Thread: any; set up before the listener starts.
struct public_port {
  public_port(public_port_options from, std::size_t shard_count)
    : options(std::move(from)), gate(options.admission), waiting(shard_count) {}

  const public_port_options options;
  authenticator* auth = nullptr;  ///< Null where clients name themselves.
  std::vector<shard*> shards;
  std::vector<directory_actor> directories;  ///< One a shard, in the same order.
  const tls_port* tls = nullptr;             ///< Null: the port is plain.
  std::atomic<std::size_t> handshakes{0};    ///< Connections that are not sessions yet.
  std::atomic<std::size_t> sessions{0};      ///< Those that came in.
  std::atomic<bool> draining{false};         ///< Balancers should send nobody any more; who still comes is let in …
  std::atomic<bool> stopping{false};         ///< … until this: then new clients are told to go elsewhere.
  admission gate;
  std::vector<unfinished> waiting;           ///< One a shard; each for its own thread.
  limit_counts limited;

  std::size_t max_unfinished_of_shard() const noexcept { return (options.max_unfinished + shards.size() - 1) / shards.size(); }

  /// The shard on which a user lives.
  std::size_t shard_of(const std::string& user) const noexcept {
    return std::hash<std::string>{}(user) % shards.size();
  }
};

/// Counts a connection for as long as it lives, wherever it goes: first as a handshake, then as a session. Keeps its places.
class connection_slot {
public:
  explicit connection_slot(public_port& port) noexcept : port_(&port) { ++port.handshakes; }
  connection_slot(connection_slot&& other) noexcept
    : port_(std::exchange(other.port_, nullptr)), has_come_in_(other.has_come_in_), of_address_(std::move(other.of_address_)),
      of_user_(std::move(other.of_user_)) {}
  connection_slot& operator=(connection_slot&&) = delete;
  ~connection_slot() { leave(); }

  /// Makes a session of it. False if there are as many as there may be (`max_connections`).
  bool come_in() noexcept {
    if (port_->sessions.fetch_add(1) >= port_->options.max_connections) return --port_->sessions, false;
    --port_->handshakes;
    return has_come_in_ = true;
  }

  /// It counts no more.
  void leave() noexcept {
    if (auto* port = std::exchange(port_, nullptr)) --(has_come_in_ ? port->sessions : port->handshakes);
    of_address_ = {};
    of_user_ = {};
  }

  void keep_address(occupancy::seat place) noexcept { of_address_ = std::move(place); }
  void keep_user(occupancy::seat place) noexcept { of_user_ = std::move(place); }

private:
  public_port* port_;
  bool has_come_in_ = false;
  occupancy::seat of_address_;
  occupancy::seat of_user_;
};

}  // namespace herald::transport
