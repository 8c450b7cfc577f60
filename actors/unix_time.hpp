#pragma once

#include <chrono>
#include <cstdint>

namespace herald {

/// The time of day as notifications carry it: milliseconds since 1970, UTC.
inline std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace herald
