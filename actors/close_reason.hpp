#pragma once

namespace herald {

/// Why a session ends. What each one looks like on the wire is one table: `transport/close_codes.hpp`.
enum class close_reason {
  client_left,  ///< The client closed, or its connection broke.
  silent,       ///< Nothing came from the client for two ping intervals.
  shutdown,     ///< The node stops at once.
  binary,       ///< A binary frame, which the protocol has no use for.
  bad_utf8,     ///< A text frame that is not UTF-8 (RFC 6455, section 8.1).
  bad_frame,    ///< A frame that breaks RFC 6455.
  abuse,        ///< Repeated bad messages.
  too_large,    ///< A message over the limit.
  internal,     ///< An actor failed.
  drain,        ///< The node is being replaced.
  rebalance,    ///< Other nodes have fewer clients.
  slow,         ///< The client does not read what is due to it.
  kicked,       ///< An operator ended it, or revoked its token.
  expired,      ///< Its token is good no more.
};

}  // namespace herald
