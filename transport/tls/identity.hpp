#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX: only transport/tls/*.cpp include OpenSSL

namespace herald::transport {

enum class tls_version : std::uint8_t { tls_1_2, tls_1_3 };

/// What a port that speaks TLS reads. Files are PEM.
struct tls_files {
  std::string certificate;  ///< Of this node, followed by its chain.
  std::string key;          ///< Of that certificate, not encrypted.
  std::string client_ca;    ///< Who signs clients' certificates; empty: clients are not asked for one.
  tls_version least = tls_version::tls_1_2;
};

/// What is wrong with one of the files.
struct tls_problem {
  enum class file : std::uint8_t { certificate, key, client_ca };
  file which;
  std::string why;  ///< After the file's name: `can't be read (No such file or directory); give …`.
};

/// Certificate, key and rules, read and understood: what all connections of a port share until the files change.
///
/// TLS 1.2 with forward secrecy and authenticated encryption only (ECDHE; AES-GCM or ChaCha20), or 1.3; no compression, no
/// renegotiation; sessions are resumed by tickets, which nothing is kept for; ALPN `http/1.1`.
/// Thread: any; it does not change.
class tls_identity {
public:
  /// Reads the files. Blocks.
  static std::variant<std::shared_ptr<const tls_identity>, tls_problem> load(const tls_files& from);

  tls_identity(const tls_identity&) = delete;
  tls_identity& operator=(const tls_identity&) = delete;
  ~tls_identity();

  ssl_ctx_st* context() const noexcept { return context_; }

  /// When the first certificate of the chain ends, and the last begins: Unix time in seconds.
  std::int64_t not_after() const noexcept { return not_after_; }
  std::int64_t not_before() const noexcept { return not_before_; }

private:
  tls_identity();

  void set_rules(tls_version least);
  void note_validity();

  ssl_ctx_st* context_;
  std::int64_t not_after_ = 0;
  std::int64_t not_before_ = 0;
};

}  // namespace herald::transport
