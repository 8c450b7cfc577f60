#pragma once

#include "actors/stats.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace herald::transport {

/// How often something took how long, in steps of about three.
/// Thread: one writes, any may read.
class duration_histogram {
public:
  using nanoseconds = std::chrono::nanoseconds;

  /// What is longer than the last one is counted beyond it.
  static constexpr std::array<nanoseconds, 10> bounds{
    nanoseconds{30'000},     nanoseconds{100'000},    nanoseconds{300'000},     nanoseconds{1'000'000},     nanoseconds{3'000'000},
    nanoseconds{10'000'000}, nanoseconds{30'000'000}, nanoseconds{100'000'000}, nanoseconds{1'000'000'000}, nanoseconds{10'000'000'000}};

  void add(std::int64_t ns) noexcept {
    const auto at = std::ranges::lower_bound(bounds, nanoseconds{ns}) - bounds.begin();
    counts_[static_cast<std::size_t>(at)].add();
    sum_ns_.add(static_cast<std::uint64_t>(ns));
    highest_ns_.store(std::max(highest_ns_.get(), static_cast<std::uint64_t>(ns)));
  }

  std::uint64_t count(std::size_t bucket) const noexcept { return counts_[bucket].get(); }
  nanoseconds sum() const noexcept { return nanoseconds{sum_ns_.get()}; }
  nanoseconds highest() const noexcept { return nanoseconds{highest_ns_.get()}; }

private:
  std::array<counter, bounds.size() + 1> counts_;
  counter sum_ns_;
  counter highest_ns_;
};

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
