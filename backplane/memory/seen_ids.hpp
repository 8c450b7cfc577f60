#pragma once

#include "actors/channel.hpp"
#include "actors/cursor.hpp"
#include "backplane/string_map.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace herald::backplane {

/// The ids that were published lately, each with its first receipt.
/// Thread: the bridge's.   Bound: 100,000 ids; over it the oldest are forgotten before their time.
class seen_ids {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::size_t max_ids = 100'000;

  struct first { std::optional<cursor> position; };

  explicit seen_ids(std::chrono::seconds window) : window_(window) {}

  std::optional<first> find(const channel& to, const std::string& id, time_point now);
  void remember(const channel& to, const std::string& id, first what, time_point now);

  std::size_t size() const noexcept { return ids_.size(); }

private:
  struct use { time_point until; const std::string* key; };

  void expire(time_point now);

  std::chrono::seconds window_;
  string_map<first> ids_;
  std::deque<use> in_order_;  ///< Points at keys of `ids_`, which stay where they are.
};

}  // namespace herald::backplane
