#pragma once

#include "actors/latency_meter.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace herald::app {

/// What deliveries took of late, out of counts that only grow.
///
/// A quantile is as exact as the buckets: within one, times are taken to be spread evenly.
/// Thread: one.   Bound: what was seen in the last ten seconds, at most twice a second.
class recent_latency {
public:
  using clock = std::chrono::steady_clock;
  using counts = std::array<std::uint64_t, latency_meter::times::buckets>;

  static constexpr std::chrono::seconds window{10};
  static constexpr std::chrono::milliseconds least_apart{500};

  /// The counts as they are at that time. Those of a time too soon after the last are not taken.
  void see(const counts& now, clock::time_point when);

  /// The time within which this share of the window's deliveries were made, in microseconds; nothing where there were none. Beyond
  /// the last bucket it is that one's bound.
  std::optional<std::uint64_t> quantile(double share) const;

private:
  struct seen {
    clock::time_point when;
    counts what;
  };

  std::deque<seen> seen_;  ///< The first is the last one before the window, once there is one.
};

}  // namespace herald::app
