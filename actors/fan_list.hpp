#pragma once

#include "actors/messages.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace herald {

/// The routers that a channel fans out to, in places that stay where they are, so that a fan-out can go over them in slices
/// while others come and go.
///
/// Each fan-out takes a number from `begin_fan_out`. A router that came after a fan-out had begun does not get it, whatever
/// place it took: it was told a position that includes it.
class fan_list {
public:
  using place = std::uint32_t;

  place add(user_router_actor who) {
    ++size_;
    if (free_.empty()) {
      entries_.push_back({std::move(who), fan_outs_});
      return static_cast<place>(entries_.size() - 1);
    }
    auto where = free_.back();
    free_.pop_back();
    entries_[where] = {std::move(who), fan_outs_};
    return where;
  }

  void remove(place where) {
    entries_[where].who = nullptr;
    free_.push_back(where);
    --size_;
  }

  /// Removes `who` wherever it is. Linear.
  bool remove(const user_router_actor& who) {
    for (place i = 0; i < entries_.size(); ++i)
      if (entries_[i].who == who) {
        remove(i);
        return true;
      }
    return false;
  }

  std::uint64_t begin_fan_out() noexcept { return fan_outs_++; }

  /// Calls `f` for up to `most` places from `from` on with each router that is due fan-out `number`; returns where to go on.
  template <class F>
  place for_each(std::uint64_t number, place from, std::size_t most, F&& f) const {
    const auto end = static_cast<place>(std::min<std::size_t>(entries_.size(), from + most));
    for (; from < end; ++from)
      if (const auto& entry = entries_[from]; entry.who && entry.joined <= number) f(entry.who);
    return from;
  }

  bool is_end(place where) const noexcept { return where >= entries_.size(); }
  std::size_t places() const noexcept { return entries_.size(); }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

private:
  struct member {
    user_router_actor who;
    std::uint64_t joined = 0;  ///< The number of the first fan-out that it is due.
  };

  std::vector<member> entries_;
  std::vector<place> free_;
  std::size_t size_ = 0;
  std::uint64_t fan_outs_ = 0;
};

}  // namespace herald
