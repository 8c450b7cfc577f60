#pragma once

#include <cstdint>
#include <string>

namespace herald {

/// What every node is told to do: end sessions, and refuse the tokens that they came with.
struct order {
  enum class kind : std::uint8_t {
    kick,          ///< End the user's sessions that began by `at_ms`.
    revoke_user,   ///< … and refuse the user's tokens that were issued by then.
    revoke_token,  ///< Refuse the token with this id, and end the sessions that came with it.
  };

  kind what = kind::kick;
  std::string id;             ///< The user's, or the token's (`jti`).
  std::int64_t at_ms = 0;     ///< Unix time.
  std::int64_t until_s = 0;   ///< Unix time after which it may be forgotten.

  friend bool operator==(const order&, const order&) = default;
};

}  // namespace herald
