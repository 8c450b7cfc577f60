#pragma once

#include "actors/descriptions.hpp"
#include "backplane/log_reading.hpp"
#include "backplane/string_map.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace herald::backplane {

/// The logs of all channels, in this process's memory: epoch, dense offsets and the last entries of each.
/// Thread: the bridge's.
/// Bound:  a channel keeps `max_entries` of up to `max_age`. All together keep `max_bytes`: over it, the channel that was
///         longest without a message is forgotten, epoch and all, as an evicted key in Redis would be.
class memory_log {
public:
  struct limits {
    std::size_t max_entries = 1000;
    std::chrono::milliseconds max_age = std::chrono::hours{24 * 7};
    std::size_t max_bytes = 128u << 20;
  };

  explicit memory_log(limits with);

  /// Gives the notification its position and keeps it, until `expires_ms` (Unix time) unless that is 0.
  cursor append(const channel& to, const notification& what, std::int64_t expires_ms = 0);

  /// Where the channel's log ends; nothing if there is none.
  std::optional<cursor> head(const channel& of) const;

  /// Where the channel's log begins and ends.
  channel_facts look(const channel& of) const;

  /// What follows `after`, of up to `max_items` and `max_bytes`.
  log_page read(const channel& of, const cursor& after, std::size_t max_bytes, std::int64_t now_ms, shard_stats& counts) const;

  /// Forgets what is too old, of channels that nobody publishes to as well. Looks at up to 100 channels.
  void expire(std::int64_t now_ms);

  std::size_t channels() const noexcept { return logs_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

private:
  struct kept_log {
    std::uint64_t epoch = 0;
    cursor head;
    std::int64_t last_ms = 0;
    std::deque<log_entry> entries;
    std::size_t bytes = 0;
    std::list<std::string>::iterator place;  ///< In `by_use_`.
  };

  kept_log& open(const channel& of);
  void drop_first(kept_log& from);
  void drop(const std::string& name);
  void trim(kept_log& what, std::int64_t now_ms);
  void shrink(const std::string& keep);
  static log_state state_of(const kept_log& log, const cursor& asked);
  std::vector<log_entry> entries_after(const kept_log& log, std::uint64_t offset, const page_limits& page) const;
  static std::size_t cost(const log_entry& what) noexcept;

  limits limits_;
  string_map<kept_log> logs_;
  std::list<std::string> by_use_;  ///< The one published to last is at the front.
  std::size_t bytes_ = 0;
  std::mt19937_64 random_;
};

}  // namespace herald::backplane
