#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// A place in a channel's log. Opaque to clients, who see `epoch.offset.tag` (hex, decimal, hex).
///
/// The epoch is random and made with the log, so that a log that was lost and made anew is noticed. Offsets are dense and
/// begin with 1. The tag is a short hash of the entry's id: a Redis replica that is promoted behind its master
/// gives the same offsets, under the same epoch, to other messages, and only the tag shows it.
struct cursor {
  std::uint64_t epoch = 0;
  std::uint64_t offset = 0;
  std::uint32_t tag = 0;

  friend bool operator==(const cursor&, const cursor&) = default;
};

/// The tag of an entry with this id: 32-bit FNV-1a.
std::uint32_t tag_of(std::string_view id) noexcept;

/// `epoch.offset.tag`
std::string to_string(const cursor& x);

/// Reads what `to_string` wrote; nothing if it is anything else.
std::optional<cursor> parse_cursor(std::string_view text) noexcept;

/// An epoch as Redis keeps it: 16 hex digits.
std::string epoch_to_hex(std::uint64_t epoch);

}  // namespace herald
