#pragma once

#include <chrono>
#include <cstdint>

namespace herald {

/// 64 random bits, from a generator of this thread's own that the operating system seeded. Not for secrets.
std::uint64_t random_bits();

/// A time in [0, `below`): full jitter. Zero if `below` is not positive.
std::chrono::milliseconds jitter(std::chrono::milliseconds below);

}  // namespace herald
