#pragma once

#include "actors/close_reason.hpp"

#include <cstdint>
#include <string_view>

namespace herald::transport {

/// What an end looks like on the wire.
struct close_code {
  std::uint16_t code;        ///< RFC 6455, section 7.4, or 4000–4999 for herald's own.
  std::string_view reason;   ///< In the close frame.
  std::string_view bye;      ///< The reason in the `bye` message before it; empty: there is none.
};

/// The one table of close codes; `docs/protocol.md` has it for people.
constexpr close_code code_of(close_reason why) noexcept {
  switch (why) {
    case close_reason::client_left: return {1000, "", ""};
    case close_reason::silent: return {1001, "silent", ""};
    case close_reason::shutdown: return {1001, "shutdown", "drain"};
    case close_reason::binary: return {1003, "binary", ""};
    case close_reason::bad_frame: return {1002, "", ""};
    case close_reason::bad_utf8: return {1007, "utf8", ""};
    case close_reason::abuse: return {1008, "abuse", ""};
    case close_reason::too_large: return {1009, "too large", ""};
    case close_reason::internal: return {1011, "internal", ""};
    case close_reason::drain: return {1012, "drain", "drain"};
    case close_reason::rebalance: return {1012, "rebalance", "rebalance"};
    case close_reason::slow: return {1013, "slow", "slow"};
    case close_reason::kicked: return {4001, "kicked", "kicked"};
    case close_reason::expired: return {4002, "expired", "expired"};
  }
  return {1011, "internal", ""};
}

}  // namespace herald::transport
