#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace herald {

/// How fast sessions leave a shard that drains: evenly over a window, and no slower than at a rate that nobody would notice.
struct departure_pace {
  std::chrono::milliseconds window{0};
  std::size_t least_per_s = 1;

  /// How long it takes with `count` sessions.
  std::chrono::milliseconds time_for(std::size_t count) const noexcept {
    return std::min(window, std::chrono::milliseconds{(count * 1000 + least_per_s - 1) / least_per_s});
  }
};

/// Sessions on their way out: how many are to be gone by when. Those that come meanwhile have to fit into what is left of the time.
class departure {
public:
  using clock = std::chrono::steady_clock;

  departure(std::size_t count, const departure_pace& pace, clock::time_point begin) noexcept
    : count_(count), begin_(begin), time_(pace.time_for(count)) {}

  /// Of `here`, those that are still there, how many are to go now.
  std::size_t due(std::size_t here, clock::time_point now) const noexcept {
    if (is_over(now)) return here;
    const auto gone_by = now - begin_;
    const auto may_stay = count_ - static_cast<std::size_t>(count_ * static_cast<std::uint64_t>(gone_by.count()) /
                                                            static_cast<std::uint64_t>(clock::duration{time_}.count()));
    return here > may_stay ? here - may_stay : 0;
  }

  bool is_over(clock::time_point now) const noexcept { return now - begin_ >= time_; }

private:
  std::uint64_t count_;
  clock::time_point begin_;
  std::chrono::milliseconds time_;
};

}  // namespace herald
