#pragma once

#include "actors/cursor.hpp"
#include "actors/stats.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// What holds an actor up.
enum class blame : std::uint8_t { none, mailbox, handler, socket };

std::string_view to_string(blame what) noexcept;

/// What a link says of its connection.
struct link_row {
  std::string_view protocol;  ///< Stays: it is the codec's.
  std::uint64_t outbox_messages = 0;
  std::uint64_t outbox_bytes = 0;
  std::uint64_t outbox_messages_highest = 0;
  std::uint64_t outbox_bytes_highest = 0;
  std::uint64_t bytes_out = 0;
  bool is_stalled = false;                            ///< The socket takes no more.
  std::optional<std::chrono::microseconds> ping;      ///< Round trip of the last one; none yet, without.
};

/// What only a session has.
struct session_row {
  std::string session_id;
  std::string device;
  std::string address;
  std::int64_t since_ms = 0;  ///< Unix time.
  link_row link;
  bool is_slow = false;       ///< It left a live stream, and reads the log at its client's pace.
  std::string sent_channel;   ///< The kind of the channel of the last notification sent that has a position …
  std::optional<cursor> sent; ///< … and that.
  std::string acknowledged_channel;
  std::optional<cursor> acknowledged;
  std::uint64_t dropped = 0;
};

/// One actor as an operator sees it. "Recent" is as in `actor_meter`.
struct actor_row {
  using nanoseconds = std::chrono::nanoseconds;

  actor_kind kind{};
  std::uint64_t id = 0;
  std::string user;  ///< Of routers and sessions.
  std::size_t shard = 0;
  nanoseconds age{0};
  nanoseconds idle{0};
  std::uint64_t messages = 0;
  std::size_t mailbox = 0;
  std::size_t mailbox_highest = 0;
  nanoseconds handling_mean{0};
  nanoseconds handling_highest{0};
  nanoseconds busy{0};
  std::size_t recent_mailbox = 0;
  nanoseconds recent_handling{0};
  nanoseconds recent_busy{0};
  std::optional<session_row> session;
};

/// Whose fault it is, if anything is wrong. The rules, in this order:
/// - `socket`: its client's socket takes no more, or it has left the live stream because its client is too slow;
/// - `handler`: of late a message took 10 ms or more, and all of them together 50 ms or more: one that was only preempted is
///   not meant;
/// - `mailbox`: 100 messages or more wait, though none of the above is so.
blame blame_of(const actor_row& row) noexcept;

}  // namespace herald
