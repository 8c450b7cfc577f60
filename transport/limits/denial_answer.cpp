#include "transport/limits/denial_answer.hpp"

namespace herald::transport {

http_response answer_to(const admission::denial& why) {
  switch (why.which) {
    case limit_kind::connect_rate_per_address:
      return limit_response(429, "rate_limited", "this address connects more often than it may (connect-rate-per-address)", why.wait);
    case limit_kind::connections_per_address:
      return limit_response(429, "too_many_connections",
                            "this address has as many connections as it may have (max-connections-per-address)", why.wait);
    default:
      return limit_response(429, "too_many_connections",
                            "this user has as many connections as one may have (max-connections-per-user): close one first", why.wait);
  }
}

}  // namespace herald::transport
