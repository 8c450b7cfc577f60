#pragma once

#include "clock.hpp"

#include <cmath>
#include <cstdint>
#include <random>

namespace herald::load {

/// Chances of a chaos run. Repeatable by its seed, as far as what it is run against is.
class chances {
public:
  explicit chances(std::uint64_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return std::uniform_int_distribution<std::uint32_t>{0, limit - 1}(engine_); }
  nanos between(nanos low, nanos high) { return std::uniform_int_distribution<nanos>{low, high}(engine_); }

  /// Time to an event that comes once in `mean` on average.
  nanos wait(nanos mean) { return static_cast<nanos>(std::exponential_distribution<double>{1.0 / static_cast<double>(mean)}(engine_)); }

private:
  std::mt19937_64 engine_;
};

} // namespace herald::load
