#pragma once

#include "actors/stats.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace herald {

/// How often something took how long, in buckets up to each of `Bounds`. What is longer than the last one is counted beyond it.
/// Thread: one writes, any may read.
template <const auto& Bounds>
class histogram {
public:
  using nanoseconds = std::chrono::nanoseconds;

  static constexpr const auto& bounds = Bounds;
  static constexpr std::size_t buckets = std::size(Bounds) + 1;

  void add(std::int64_t ns, std::uint64_t times = 1) noexcept {
    const auto at = std::ranges::lower_bound(bounds, nanoseconds{ns}) - bounds.begin();
    counts_[static_cast<std::size_t>(at)].add(times);
    sum_ns_.add(static_cast<std::uint64_t>(ns) * times);
    highest_ns_.store(std::max(highest_ns_.get(), static_cast<std::uint64_t>(ns)));
  }

  std::uint64_t count(std::size_t bucket) const noexcept { return counts_[bucket].get(); }
  nanoseconds sum() const noexcept { return nanoseconds{sum_ns_.get()}; }
  nanoseconds highest() const noexcept { return nanoseconds{highest_ns_.get()}; }

private:
  std::array<counter, buckets> counts_;
  counter sum_ns_;
  counter highest_ns_;
};

}  // namespace herald
