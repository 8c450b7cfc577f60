#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace herald::backplane {

/// How long to wait before the next attempt: exponential with full jitter, random(0, min(cap, base · 2ⁿ)), so that a
/// fleet that lost its Redis in one moment doesn't come back in one.
class backoff {
public:
  using duration = std::chrono::milliseconds;

  backoff(duration base, duration cap, std::uint32_t seed = std::random_device{}())
    : base_(base), cap_(cap), random_(seed) {}

  duration next() {
    auto ceiling = std::min(cap_, base_ * (std::int64_t{1} << std::min(attempts_, 20u)));
    ++attempts_;
    return duration{std::uniform_int_distribution<duration::rep>{0, ceiling.count()}(random_)};
  }

  unsigned attempts() const noexcept { return attempts_; }
  void reset() noexcept { attempts_ = 0; }

private:
  duration base_;
  duration cap_;
  unsigned attempts_ = 0;
  std::minstd_rand random_;
};

}  // namespace herald::backplane
