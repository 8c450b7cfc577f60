#pragma once

#include <string>
#include <string_view>

namespace herald {

/// Everything that can go wrong and that a client, a publisher or an operator is told about.
/// Foreign error codes are turned into one of these at their folder's edge.
enum class errc {
  ok,
  bad_json,         ///< Not JSON, or not the object that was expected.
  too_deep,         ///< JSON nested deeper than the limit.
  unknown_type,     ///< A client message of a type that herald does not know.
  bad_field,        ///< A field or parameter is missing, of the wrong type or out of range.
  too_large,        ///< Over a size limit.
  not_allowed,      ///< The caller may not do this.
  forbidden,        ///< The caller's token does not allow this.
  invalid_token,    ///< A token that is not good: expired, of another issuer, not signed by a known key.
  not_supported,    ///< Understood, but this node can't do it.
  too_late,         ///< It can't be done any more on this connection.
  too_many_groups,  ///< The session is in as many groups as it may join.
  rate_limited,     ///< More than it may send in the time.
  unavailable,      ///< The backplane is away: nothing was accepted, try again.
  internal,         ///< An actor failed; it was counted and logged.
};

/// The code as clients and publishers see it, such as `bad_field`. Stable.
constexpr std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::ok: return "ok";
    case errc::bad_json: return "bad_json";
    case errc::too_deep: return "too_deep";
    case errc::unknown_type: return "unknown_type";
    case errc::bad_field: return "bad_field";
    case errc::too_large: return "too_large";
    case errc::not_allowed: return "not_allowed";
    case errc::forbidden: return "forbidden";
    case errc::invalid_token: return "invalid_token";
    case errc::not_supported: return "not_supported";
    case errc::too_late: return "too_late";
    case errc::too_many_groups: return "too_many_groups";
    case errc::rate_limited: return "rate_limited";
    case errc::unavailable: return "unavailable";
    case errc::internal: return "internal";
  }
  return "internal";
}

/// An error with what a person needs to mend it. `field` is empty where no field is at fault.
struct failure {
  errc code = errc::ok;
  std::string message;
  std::string field;
};

}  // namespace herald
