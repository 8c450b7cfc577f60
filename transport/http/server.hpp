#pragma once

#include "transport/http/message.hpp"
#include "transport/limits/admission.hpp"
#include "transport/shard.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace herald::transport {

class tls_port;

struct http_limits {
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 8u << 20;
  std::size_t max_connections = 256;  ///< Over that, who keeps the server waiting longest is cut.
  std::chrono::milliseconds request_timeout{10'000};  ///< For a request's header, its body, and the taking of its answer, each.
  std::chrono::milliseconds idle_timeout{75'000};     ///< Between two requests of a connection.
};

/// The internal port: HTTP/1.1 with keep-alive, one gate and one handler for everything.
/// Thread: its shard's.
/// Bound:  `http_limits`. However many connections say nothing, who comes to ask is answered: the oldest of those is cut. Only with
///         `max_connections` requests that are being handled do others wait, in the backlog.
/// Errors: a request that breaks a limit gets 400, 413 or 431; one that is too slow is cut off; one that a web page
///         of another origin sends gets 403.
class http_server {
public:
  /// `tls`, loaded by the time it starts, makes it HTTPS; null: plain.
  http_server(shard& home, http_limits limits, limit_counts& limited, http_gate gate, http_handler handler,
              const tls_port* tls = nullptr);
  ~http_server();

  /// Opens the port. Nothing if that worked, else what is wrong.
  std::optional<std::string> open(const std::string& address, std::uint16_t port);

  std::uint16_t port() const noexcept;

  /// Begins to accept. @pre it is open
  void start();

  /// Takes no more connections. Those that are open end with their answer.
  void stop();

private:
  class acceptor;

  shard& home_;
  std::shared_ptr<acceptor> acceptor_;
};

}  // namespace herald::transport
