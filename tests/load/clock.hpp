#pragma once

#include <cstdint>
#include <ctime>

namespace herald::load {

/// Nanoseconds on a clock that only runs forward. Publisher and receiver are one process, so one clock serves both.
using nanos = std::int64_t;

constexpr nanos microsecond = 1'000;
constexpr nanos millisecond = 1'000'000;
constexpr nanos second = 1'000'000'000;

inline nanos now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<nanos>(time.tv_sec) * second + time.tv_nsec;
}

inline double to_seconds(nanos duration) {
  return static_cast<double>(duration) / static_cast<double>(second);
}

} // namespace herald::load
