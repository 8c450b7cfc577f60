#pragma once

#include "actors/departure.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace herald::app {

/// How fast to drain.
struct drain_plan {
  std::chrono::milliseconds delay{5'000};   ///< While balancers have not noticed yet, clients are still taken.
  std::chrono::milliseconds window{40'000};  ///< Over how long sessions are closed, if there are many.

  /// Slower than this nobody would notice: with few sessions it does not take the whole window.
  static constexpr std::size_t least_per_s = 50;

  std::chrono::milliseconds time_for(std::size_t sessions) const noexcept {
    return departure_pace{window, least_per_s}.time_for(sessions);
  }

  /// Over how long clients are to spread their coming back, after they were told: little, as they are told one after the other; the
  /// more, the less time there is for that.
  std::chrono::milliseconds reconnect_within(std::size_t sessions) const noexcept {
    const std::chrono::milliseconds wanted{sessions * 1000 / least_per_s};
    return std::clamp<std::chrono::milliseconds>(wanted - time_for(sessions), std::chrono::milliseconds{500}, std::chrono::milliseconds{5'000});
  }
};

}  // namespace herald::app
