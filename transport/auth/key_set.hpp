#pragma once

#include "transport/auth/signing_key.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace herald::transport {

/// The keys that tokens are verified with. Never changes: new keys are a new set.
/// Thread: any.   Bound: 128 keys; a token is tried with up to eight of them.
class key_set {
public:
  static constexpr std::size_t max_keys = 128;
  static constexpr std::size_t max_tried = 8;

  explicit key_set(std::vector<signing_key> keys) : keys_(std::move(keys)) {}

  /// The keys that may have signed a token: all of its kind if it names none (`id` is empty), else those called so, and those
  /// without a name.
  std::vector<const signing_key*> candidates(signature_kind kind, std::string_view id) const;

  /// Whether a key is called so.
  bool has(std::string_view id) const noexcept;

  std::size_t size() const noexcept { return keys_.size(); }

private:
  std::vector<signing_key> keys_;
};

using key_set_ptr = std::shared_ptr<const key_set>;

/// The keys in a JSON Web Key Set, and why others in it were left out.
struct jwks {
  std::vector<signing_key> keys;
  std::vector<std::string> left_out;
};

/// Reads a JSON Web Key Set (RFC 7517, section 5). Keys of kinds that herald does not verify with are left out, as the RFC says.
/// What is wrong, if it is no such set, or has no key that can be used.
std::variant<jwks, std::string> read_jwks(std::string_view text, bool allow_secrets);

}  // namespace herald::transport
