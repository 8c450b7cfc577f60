#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace herald::backplane {

/// Feeds whose state is to be told, because it changed for many at once (a connection lost): a slice at a time, in order.
/// Thread: the bridge's.   Bound: a name a feed and change; changes come no faster than connections break.
class announcements {
public:
  void add(std::vector<std::string> names) {
    if (!names.empty()) waiting_.push_back(std::move(names));
  }

  bool empty() const noexcept { return waiting_.empty(); }
  void clear() noexcept { waiting_.clear(); }

  /// Calls `tell(name)` for up to `max` names.
  template <class Tell>
  void take(std::size_t max, Tell&& tell) {
    for (; max > 0 && !waiting_.empty(); --max) {
      auto& names = waiting_.front();
      tell(names[next_++]);
      if (next_ < names.size()) continue;
      waiting_.pop_front();
      next_ = 0;
    }
  }

private:
  std::deque<std::vector<std::string>> waiting_;
  std::size_t next_ = 0;  ///< In the first of them.
};

}  // namespace herald::backplane
