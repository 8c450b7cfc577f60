#include "app/operator/recent_latency.hpp"

#include <numeric>

namespace herald::app {

void recent_latency::see(const counts& now, clock::time_point when) {
  if (!seen_.empty() && when - seen_.back().when < least_apart) return;
  seen_.push_back({when, now});
  while (seen_.size() > 2 && when - seen_[1].when >= window) seen_.pop_front();
}

std::optional<std::uint64_t> recent_latency::quantile(double share) const {
  if (seen_.size() < 2) return std::nullopt;
  counts within{};
  for (std::size_t i = 0; i < within.size(); ++i) within[i] = seen_.back().what[i] - seen_.front().what[i];
  const auto all = std::accumulate(within.begin(), within.end(), std::uint64_t{0});
  if (all == 0) return std::nullopt;
  const auto wanted = share * static_cast<double>(all);
  double below = 0;
  std::chrono::nanoseconds from{0};
  for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
    const auto here = static_cast<double>(within[i]);
    const auto to = latency_bounds[i];
    if (here > 0 && below + here >= wanted)
      return static_cast<std::uint64_t>((static_cast<double>(from.count()) + static_cast<double>((to - from).count()) * (wanted - below) / here) / 1000);
    below += here;
    from = to;
  }
  return static_cast<std::uint64_t>(from.count() / 1000);
}

}  // namespace herald::app
