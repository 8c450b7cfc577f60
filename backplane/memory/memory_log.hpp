#pragma once

#include "actors/notification.hpp"
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

  /// Gives the notification its position and keeps it.
  cursor append(const channel& to, const notification& what);

  /// Where the channel's log ends; nothing if there is none.
  std::optional<cursor> head(const channel& of) const;

  /// What is kept of a channel, oldest first.
  std::vector<notification> entries(const channel& of) const;

  /// Forgets what is too old, of channels that nobody publishes to as well. Looks at up to 100 channels.
  void expire(std::int64_t now_ms);

  std::size_t channels() const noexcept { return logs_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

private:
  struct kept_log {
    std::uint64_t epoch = 0;
    cursor head;
    std::int64_t last_ms = 0;
    std::deque<notification> entries;
    std::size_t bytes = 0;
    std::list<std::string>::iterator place;  ///< In `by_use_`.
  };

  kept_log& open(const channel& of);
  void drop_first(kept_log& from);
  void drop(const std::string& name);
  void trim(kept_log& what, std::int64_t now_ms);
  void shrink(const std::string& keep);
  static std::size_t cost(const notification& what) noexcept;

  limits limits_;
  string_map<kept_log> logs_;
  std::list<std::string> by_use_;  ///< The one published to last is at the front.
  std::size_t bytes_ = 0;
  std::mt19937_64 random_;
};

}  // namespace herald::backplane
