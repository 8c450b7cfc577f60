#pragma once

#include "actors/grant.hpp"
#include "actors/stats.hpp"
#include "transport/auth/key_set.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace herald::transport {

/// What a token must say besides being signed.
struct token_rules {
  std::string issuer;                       ///< Empty: any, or none.
  std::vector<std::string> audiences;       ///< It must be for one of these; empty: it is not looked at.
  std::chrono::seconds clock_skew{10};      ///< How far the issuer's clock may be off.
};

/// Why a token is not taken. The sentence is for its client, and never holds a part of the token that names or proves anything.
struct token_failure {
  token_refusal reason;
  std::string message;
};

/// The largest token.
inline constexpr std::size_t max_token_bytes = 8 * 1024;

/// Verifies a JSON Web Token (RFC 7519) in compact form, and reads what it allows. `now_ms`: Unix time.
///
/// The key decides how it must be signed. Refused are: another algorithm, `none`, any `crit`, members that come twice, more than
/// `max_token_bytes`, nesting deeper than `json::max_depth`. `unknown_key`: it names a key that is not in the set.
std::variant<grant_ptr, token_failure> verify_token(std::string_view token, const key_set& keys, const token_rules& rules,
                                                    std::int64_t now_ms);

/// The second half of it: what the claims, of which the signature is good, allow.
std::variant<grant_ptr, token_failure> read_claims(std::string_view json, const token_rules& rules, std::int64_t now_ms);

}  // namespace herald::transport
