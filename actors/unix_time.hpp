#pragma once

#include <chrono>
#include <cstdint>

namespace herald {

/// The time of day as notifications carry it: milliseconds since 1970, UTC.
inline std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// The same in microseconds.
inline std::int64_t unix_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

/// A clock that never goes back, for how long something has lasted: milliseconds since some moment, never 0.
inline std::int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count() + 1;
}

}  // namespace herald
