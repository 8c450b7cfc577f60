#pragma once

#include "transport/http/server.hpp"
#include "transport/limits/unfinished.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace herald::transport {

/// What the internal port's connections share.
struct http_service {
  http_limits limits;
  http_gate gate;
  http_handler handler;
  const tls_port* tls;    ///< Null: the port is plain.
  shard_stats& stats;
  limit_counts& limited;
  std::size_t open = 0;   ///< Connections now.
  bool stopping = false;  ///< The next answer of each is its last.
  unfinished strangers;   ///< Those that have not sent a whole request yet, the one that waits longest first.
  unfinished waited_for;  ///< Those that have, and have their next one to send or an answer to take.

  bool is_full() const noexcept { return open >= limits.max_connections; }

  bool has_any_waiting() const noexcept { return strangers.size() + waited_for.size() > 0; }

  /// Ends the connection that has kept the server waiting longest, one that has not asked for anything yet rather than another.
  /// Whether there was one: the others have a request that is being handled.
  bool make_room() { return strangers.cut_oldest() || waited_for.cut_oldest(); }
};

/// Serves one connection until it ends. On the server's thread.
void serve_http(std::shared_ptr<http_service> service, boost::asio::ip::tcp::socket socket);

}  // namespace herald::transport
