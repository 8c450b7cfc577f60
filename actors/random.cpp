#include "actors/random.hpp"

#include <random>

namespace herald {

std::uint64_t random_bits() {
  thread_local std::mt19937_64 generator{[] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64{seed};
  }()};
  return generator();
}

std::chrono::milliseconds jitter(std::chrono::milliseconds below) {
  if (below.count() <= 0) return std::chrono::milliseconds{0};
  return std::chrono::milliseconds{random_bits() % static_cast<std::uint64_t>(below.count())};
}

}  // namespace herald
