#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace herald::transport {

/// How often something may happen: `per_second` on average, and `burst` of it at once.
/// Bound: up to 10^9 of both. A rate of 0 means no limit.
class rate_limit {
public:
  using duration = std::chrono::nanoseconds;

  rate_limit() = default;

  /// A burst of 0 is one second's worth.
  rate_limit(std::uint64_t per_second, std::uint64_t burst) noexcept
    : interval_(per_second == 0 ? 0 : 1e9 / static_cast<double>(per_second)),
      burst_(std::max<std::uint64_t>(1, burst == 0 ? per_second : burst)) {}

  bool is_unlimited() const noexcept { return interval_ == 0; }
  std::uint64_t burst() const noexcept { return burst_; }

  /// How long `count` take at the average rate.
  duration time_of(std::uint64_t count) const noexcept {
    return duration{static_cast<std::int64_t>(interval_ * static_cast<double>(count))};
  }

private:
  double interval_ = 0;  ///< Nanoseconds; 0: no limit.
  std::uint64_t burst_ = 1;
};

/// A token bucket in eight bytes: it knows only when it will be full again (the "generic cell rate algorithm").
/// Thread: one at a time.   Bound: 292 years from the clock's beginning.
class token_bucket {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using duration = std::chrono::nanoseconds;

  /// Takes `count` if they are all there. Zero if so, else for how long to wait until they are; more than the burst never
  /// are, and the answer is then only how long the bucket takes to fill.
  duration try_take(const rate_limit& limit, time_point now, std::uint64_t count = 1) noexcept {
    if (limit.is_unlimited()) return duration::zero();
    const auto after = std::max(full_at_, now) + limit.time_of(count);
    const auto wait = after - now - limit.time_of(limit.burst());
    if (wait > duration::zero()) return std::min<duration>(wait, limit.time_of(limit.burst()));
    full_at_ = after;
    return duration::zero();
  }

  /// Takes `count` whether they are there or not. Zero if they were, else how long the debt takes to be paid. It grows to ten
  /// bursts at most.
  duration take(const rate_limit& limit, time_point now, std::uint64_t count = 1) noexcept {
    if (limit.is_unlimited()) return duration::zero();
    const auto burst = limit.time_of(limit.burst());
    full_at_ = std::min(std::max(full_at_, now) + limit.time_of(count), now + 11 * burst);
    return std::max<duration>(full_at_ - now - burst, duration::zero());
  }

  /// Whether nothing that was taken is missing any more.
  bool is_full(time_point now) const noexcept { return full_at_ <= now; }

  /// When it will be full: the one that is fullest forgets least by being thrown away.
  time_point full_at() const noexcept { return full_at_; }

private:
  time_point full_at_{};
};

}  // namespace herald::transport
