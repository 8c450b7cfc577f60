#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace herald::transport {

/// How many of something each key has now, such as each user's connections: at most `limit` of them.
/// Thread: any; connecting and leaving take one of 64 locks, deliveries none.
/// Bound:  an entry for each key that has a seat, so no more than there are connections. Must outlive its seats.
class occupancy {
public:
  /// One of a key's places, taken until it ends. Empty: none.
  class seat {
  public:
    seat() = default;
    seat(seat&& other) noexcept : of_(std::exchange(other.of_, nullptr)), at_(other.at_) {}
    seat& operator=(seat&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(at_, other.at_);
      return *this;
    }
    ~seat() {
      if (of_ != nullptr) of_->leave(*at_);
    }

    explicit operator bool() const noexcept { return of_ != nullptr; }

  private:
    friend class occupancy;
    using entry = std::pair<const std::string, std::size_t>;

    seat(occupancy& of, entry& at) noexcept : of_(&of), at_(&at) {}

    occupancy* of_ = nullptr;
    entry* at_ = nullptr;  ///< Stays where it is as long as it has a seat.
  };

  /// A limit of 0 means none, and nothing is counted.
  explicit occupancy(std::size_t limit) : limit_(limit) {}
  occupancy(const occupancy&) = delete;
  occupancy& operator=(const occupancy&) = delete;

  bool is_unlimited() const noexcept { return limit_ == 0; }

  /// A seat, or an empty one if the key has as many as it may. @pre not unlimited
  seat take(std::string_view key) {
    auto& mine = part_of(key);
    const std::lock_guard lock{mine.mutex};
    auto& found = *mine.counts.try_emplace(std::string{key}, 0).first;
    if (found.second >= limit_) return {};
    ++found.second;
    return {*this, found};
  }

  /// Keys that have a seat now.
  std::size_t size() const {
    std::size_t result = 0;
    for (auto& mine : parts_) {
      const std::lock_guard lock{mine.mutex};
      result += mine.counts.size();
    }
    return result;
  }

private:
  struct part {
    mutable std::mutex mutex;
    std::unordered_map<std::string, std::size_t> counts;
  };

  part& part_of(std::string_view key) noexcept { return parts_[std::hash<std::string_view>{}(key) % parts_.size()]; }

  void leave(seat::entry& at) {
    auto& mine = part_of(at.first);
    const std::lock_guard lock{mine.mutex};
    if (--at.second == 0) mine.counts.erase(mine.counts.find(at.first));
  }

  std::size_t limit_;
  std::array<part, 64> parts_;
};

}  // namespace herald::transport
