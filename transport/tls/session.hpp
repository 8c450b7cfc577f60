#pragma once

#include "transport/tls/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;  // OpenSSL's SSL
struct bio_st;  // OpenSSL's BIO

namespace herald::transport {

/// The TLS of one accepted connection, server's side. It reads from the socket without blocking, and keeps what it wants to
/// send as `output` until `send` is called; so the caller decides when a system call is made, and for how much.
///
/// Nothing in it belongs to a thread or an event loop: it moves from one shard to another with its socket.
/// Thread: one at a time.
/// Bound:  `output` 256 KiB; beyond, as when a client asks for new keys without end and does not read, it fails. `read` and
///         `handshake` take up to 64 KiB from the socket at a time, so that nobody keeps a shard to himself.
/// Errors: once it has failed it stays so; `why` says what happened.
class tls_session {
public:
  enum class result : std::uint8_t {
    done,
    wants_read,  ///< Again when the socket has something to read, which may be now.
    closed,      ///< The other side has said its end, or is gone.
    failed,
  };

  /// The socket must not block, and is another's.
  tls_session(std::shared_ptr<const tls_identity> identity, int socket);
  ~tls_session();
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;

  /// Goes on with the handshake. Look at `has_output` afterwards, whatever came out.
  result handshake();

  /// Reads what the other side said into `into`; `count` is how much it is. Look at `has_output` afterwards.
  result read(void* into, std::size_t room, std::size_t& count);

  /// Encrypts all of it, as output.
  result write(const char* from, std::size_t size);

  /// Says that nothing more comes (close_notify), as output. The first time only, and only if it makes sense.
  void say_end();

  bool has_output() const noexcept { return !output_.empty(); }

  /// Sends output, once: bytes that the socket took, or -1 and `errno`.
  std::ptrdiff_t send();

  void drop_output() noexcept { std::string{}.swap(output_), sent_ = 0; }

  /// Whether the other side has shown a certificate that `client_ca` has signed.
  bool has_peer_certificate() const noexcept;

  /// In OpenSSL's words; empty before anything failed.
  std::string_view why() const noexcept { return why_; }

private:
  friend struct session_bio;

  result outcome(int returned);
  void fail(std::string_view why);

  std::shared_ptr<const tls_identity> identity_;
  ssl_st* ssl_;
  int socket_;
  std::size_t may_read_ = 0;  ///< Bytes that it may still take from the socket in this call.
  bool at_end_ = false;       ///< The socket has no more to read.
  bool ended_ = false;
  bool failed_ = false;
  std::string output_;
  std::size_t sent_ = 0;      ///< How much of `output_` the socket has.
  std::string why_;
};

}  // namespace herald::transport
