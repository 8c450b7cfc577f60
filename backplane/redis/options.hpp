#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace herald::backplane {

class tls_identity;

/// Where Redis is, who we are there, and every limit of the connections to it. Filled in by `app/`.
struct redis_options {
  struct address {
    std::string host;
    std::string port;

    friend bool operator==(const address&, const address&) = default;
  };

  /// How to hear of messages: one SUBSCRIBE a channel that has a local user, one PSUBSCRIBE for all of them, or, in a Cluster,
  /// one SSUBSCRIBE a channel, whose name in Redis then has braces (`notification:{42}`).
  enum class mode { channel, pattern, sharded };

  /// What the hosts are: a server (or several, one of which is the master), the Sentinels that know it, or some of a
  /// Cluster's nodes.
  enum class shape { server, sentinel, cluster };

  shape kind = shape::server;
  std::vector<address> hosts;  ///< Tried one after the other.
  std::string master_name;     ///< As the Sentinels call it.
  std::shared_ptr<tls_identity> tls;  ///< Null: no TLS.
  std::string user;            ///< Empty: the default user.
  std::string password;        ///< Empty: none is sent. Never logged.
  unsigned db = 0;
  mode listen = mode::channel;
  std::string prefix = "notification:";
  std::string client_name = "herald";  ///< Shown by Redis's CLIENT LIST; no spaces.

  std::chrono::milliseconds connect_timeout{2000};  ///< Name, connect and handshake together.
  std::chrono::milliseconds command_timeout{1700};  ///< With a tick on top, below the two seconds that are promised.
  std::chrono::milliseconds ping_after{1000};       ///< Without a word from Redis.
  std::chrono::milliseconds silence_max{3000};      ///< Then the connection is replaced.
  std::chrono::milliseconds canary_every{1000}; ///< How often this node publishes to itself.
  std::chrono::milliseconds tick{200};              ///< How often the three above are looked at.
  std::chrono::milliseconds backoff_base{50};
  std::chrono::milliseconds backoff_cap{2000};

  std::size_t wait_replicas = 0;                ///< So many must have a publish before it is accepted.
  std::chrono::milliseconds replica_timeout{1000};

  std::size_t max_pending = 10'000;             ///< Publishes without an answer; over it: `unavailable`.
  std::size_t max_pending_bytes = 64u << 20;    ///< Memory of the same.
  std::size_t max_message_bytes = 1u << 20;     ///< Of data; a larger message is dropped as `too_large`.
  std::size_t max_reply_bytes = 32u << 20;      ///< A larger one is never held: the connection is replaced.
};

}  // namespace herald::backplane
