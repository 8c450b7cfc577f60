#pragma once

#include "actors/histogram.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace herald::transport {

/// In steps of about three.
inline constexpr std::array<std::chrono::nanoseconds, 10> turn_bounds{
  std::chrono::microseconds{30}, std::chrono::microseconds{100}, std::chrono::microseconds{300}, std::chrono::milliseconds{1},
  std::chrono::milliseconds{3},  std::chrono::milliseconds{10},  std::chrono::milliseconds{30},  std::chrono::milliseconds{100},
  std::chrono::seconds{1},       std::chrono::seconds{10}};

using duration_histogram = histogram<turn_bounds>;

/// How long a shard's turns are, without the time in which it waited for something to do, and how long who asks it has to wait.
/// Thread: the shard writes, any may read.
class turn_meter {
public:
  void begin(std::int64_t now_ns) noexcept { since_ = now_ns, worked_ = 0; }
  void pause(std::int64_t now_ns) noexcept { worked_ += now_ns - since_; }
  void resume(std::int64_t now_ns) noexcept { since_ = now_ns; }

  void end(std::int64_t now_ns) noexcept {
    worked_ += now_ns - since_;
    lengths_.add(worked_);
    last_ns_.store(static_cast<std::uint64_t>(worked_));
  }

  /// What was asked of the shard was done so much later.
  void was_late(std::int64_t ns) noexcept { lags_.add(ns); }

  const duration_histogram& lengths() const noexcept { return lengths_; }
  const duration_histogram& lags() const noexcept { return lags_; }
  std::chrono::nanoseconds last() const noexcept { return std::chrono::nanoseconds{last_ns_.get()}; }

private:
  std::int64_t since_ = 0;
  std::int64_t worked_ = 0;
  duration_histogram lengths_;
  duration_histogram lags_;
  counter last_ns_;
};

}  // namespace herald::transport
