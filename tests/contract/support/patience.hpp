#pragma once

#include <chrono>
#include <stdexcept>
#include <thread>

namespace herald::contract {

/// Waits until servers have come to something; throws when they do not.
template <class Condition>
void wait_for(Condition is_true, const char* otherwise) {
  for (auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20}; !is_true();) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error{otherwise};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

}  // namespace herald::contract
