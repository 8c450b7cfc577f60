#pragma once

#include "actors/channel.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// What a token that was found good lets its session do, and until when. Immutable.
///
/// A pattern is a name, or what a name begins with and a `*`, or `*` alone. Groups are named as they are (`g1`), channels to
/// publish to as `user:42`, `group:g1` and `broadcast`.
struct grant {
  std::string user;
  std::string token_id;                   ///< `jti`; empty if it has none.
  std::int64_t issued_at_s = 0;           ///< `iat`, Unix time; 0 if it does not say.
  std::int64_t expires_s = 0;             ///< `exp`, Unix time.
  std::chrono::milliseconds good_for{0};  ///< From when it was verified until it is good no more.
  std::vector<std::string> groups;        ///< Patterns of the groups it may join.
  std::vector<std::string> publish;       ///< Patterns of the channels it may publish to.

  /// @pre `group` is a group.
  bool may_join(const channel& group) const;

  bool may_publish(const channel& to) const;
};

using grant_ptr = std::shared_ptr<const grant>;

/// Whether `text` is, or begins as, the pattern says.
bool matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace herald
