#pragma once

#include "backplane/log_reading.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

struct redisReply;

/// What Redis says of a channel's log.
namespace herald::backplane {

/// Where a log ends.
struct log_head {
  cursor position;
  std::uint32_t losses = 0;  ///< As in `log_page`.
};

/// The answer to `HMGET meta epoch offset id lost`; nothing where there is no log, or it makes no sense.
std::optional<log_head> read_head(const redisReply& reply);

/// A number for the list of losses that `meta` holds: the same for the same list.
std::uint32_t losses_in(std::string_view list) noexcept;

/// The answer of `read.lua`.
struct log_reply {
  log_state state;
  std::vector<log_entry> entries;
  std::uint64_t begin = 0;  ///< The offset of the first that was read, whether or not it is left out; 0: nothing was.
  std::uint64_t end = 0;    ///< … and of the last.
};

/// Nothing if it makes no sense. An entry that is not herald's is left out, counted and logged. Never throws but
/// `std::bad_alloc`; any reply may be given.
std::optional<log_reply> read_log_reply(const redisReply& reply, shard_stats& counts);

}  // namespace herald::backplane
