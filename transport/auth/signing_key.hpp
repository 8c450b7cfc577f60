#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

struct _cjose_jwk_int;

namespace herald::transport {

/// How a token may be signed (RFC 7518, section 3).
enum class signature_kind : std::uint8_t { hs256, rs256, es256 };

/// As a token's header names it.
constexpr std::string_view to_string(signature_kind what) noexcept {
  switch (what) {
    case signature_kind::hs256: return "HS256";
    case signature_kind::rs256: return "RS256";
    case signature_kind::es256: return "ES256";
  }
  return "?";
}

/// A key that tokens are verified with. The key decides how they are signed: a token can't choose, so that a public key is never
/// taken for a secret, nor the absence of a signature for one.
/// Thread: any; it never changes.   Bound: RSA of 2,048 to 8,192 bits, P-256, secrets of 32 to 4,096 bytes.
class signing_key {
public:
  /// A key, or what is wrong with it, for people. Never holds a part of the key.
  using made = std::variant<signing_key, std::string>;

  /// For HS256. At least 32 bytes (RFC 7518, section 3.2).
  static made from_secret(std::string_view bytes);

  /// A public key (`BEGIN PUBLIC KEY`) or a certificate: RS256 or ES256.
  static made from_pem(std::string_view text);

  /// A JSON Web Key (RFC 7517). `allow_secret`: whether it may be one for HS256.
  static made from_jwk(std::string_view json, bool allow_secret);

  signature_kind kind() const noexcept { return kind_; }

  /// Its name in tokens' headers; empty if it has none.
  const std::string& id() const noexcept { return id_; }

  /// The payload of the token, if this key has signed it. `token`: its compact form (RFC 7515, section 3.1).
  std::optional<std::string> open(std::string_view token) const;

private:
  using handle = std::shared_ptr<_cjose_jwk_int>;

  signing_key(signature_kind kind, handle key, std::string id) : kind_(kind), key_(std::move(key)), id_(std::move(id)) {}

  static made from_handle(handle key, std::string id);

  signature_kind kind_;
  handle key_;
  std::string id_;
};

}  // namespace herald::transport
