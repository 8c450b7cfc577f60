#pragma once

#include <sys/types.h>

#include <cstddef>

struct ssl_st;

namespace herald::load {

/// The TLS of one connection, on a socket that does not block. Any certificate is believed: this measures, and checks nobody.
/// Ends: with its object; the socket is another's.
class tls_client {
public:
  explicit tls_client(int fd);
  ~tls_client();
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  enum class step { done, wants_read, failed };

  /// Goes on with the handshake; again when the socket has something to read.
  step handshake();

  /// Like `recv` and `send`; whatever failed for good is ECONNRESET.
  ssize_t receive(char* into, std::size_t room);
  ssize_t send(const char* from, std::size_t size);

  /// More has been read from the socket than was asked for: nobody will say that it is there.
  bool has_pending() const;

private:
  ssize_t failed(int returned);

  ssl_st* ssl_;
};

} // namespace herald::load
