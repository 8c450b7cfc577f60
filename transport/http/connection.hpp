#pragma once

#include "transport/http/server.hpp"

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
  std::size_t open = 0;   ///< Connections now.
  bool stopping = false;  ///< The next answer of each is its last.
};

/// Serves one connection until it ends. On the server's thread.
void serve_http(std::shared_ptr<http_service> service, boost::asio::ip::tcp::socket socket);

}  // namespace herald::transport
