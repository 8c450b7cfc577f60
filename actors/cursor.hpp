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

/// "From the log's start, whatever is kept of it": `0` in text.
inline constexpr cursor log_start{0, 0, 1};

/// The end of a log that nothing was ever written to: `0.0.0` in text. What was written since must all be there still.
inline constexpr cursor empty_log{0, 0, 0};

/// A tag that was not given: nothing to check.
inline constexpr std::uint32_t unknown_tag = 0;

/// An epoch is 40 random bits that name the log, 16 bits that count how often another server took over (a *fork*: what the
/// old one had and the new one has not is lost), and 8 random bits, so that two servers that take over from the same one differ.
inline constexpr int fork_shift = 8;
inline constexpr int log_shift = 24;

/// Whether both are in one log, though perhaps not in one epoch of it: only then can they be compared.
constexpr bool is_same_log(const cursor& a, const cursor& b) noexcept {
  return a.epoch >> log_shift == b.epoch >> log_shift;
}

/// Whether `a` may be later than `b` in the stream that subscribers see: a later offset of the same epoch, or an epoch that is
/// not known to be an earlier one. @pre `is_same_log(a, b)`
constexpr bool is_after(const cursor& a, const cursor& b) noexcept {
  return a.epoch == b.epoch ? a.offset > b.offset : a.epoch >> fork_shift >= b.epoch >> fork_shift;
}

/// Whether nothing can be between them: the next offset of the same epoch, or the first one of a new log.
constexpr bool is_next(const cursor& a, const cursor& before) noexcept {
  return a.offset == before.offset + 1 && (a.epoch == before.epoch || before == empty_log);
}

/// An epoch for a log that is made now.
constexpr std::uint64_t new_epoch(std::uint64_t random_bits) noexcept {
  return (random_bits & ~(std::uint64_t{0xffff} << fork_shift)) | std::uint64_t{1} << 63;  // never 0
}

/// The tag of an entry with this id: 32-bit FNV-1a.
std::uint32_t tag_of(std::string_view id) noexcept;

/// `epoch.offset.tag`, or `0`
std::string to_string(const cursor& x);

/// Reads what `to_string` wrote; nothing if it is anything else.
std::optional<cursor> parse_cursor(std::string_view text) noexcept;

/// An epoch as Redis keeps it: 16 hex digits.
std::string epoch_to_hex(std::uint64_t epoch);

}  // namespace herald
