#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace herald::backplane {

/// Changes that concern every feed at once (a connection lost, a pattern confirmed), to be told a slice at a time, in order.
/// Thread: the bridge's.   Bound: a name a feed and change; changes come no faster than connections break.
class announcements {
public:
  void add(bool live, std::vector<std::string> names) {
    if (!names.empty()) waiting_.push_back({live, std::move(names)});
  }

  bool empty() const noexcept { return waiting_.empty(); }
  void clear() noexcept { waiting_.clear(); }

  /// Calls `tell(name, live)` for up to `max` names.
  template <class Tell>
  void take(std::size_t max, Tell&& tell) {
    while (max > 0 && !waiting_.empty()) {
      auto& first = waiting_.front();
      for (; max > 0 && first.next < first.names.size(); --max) tell(first.names[first.next++], first.live);
      if (first.next == first.names.size()) waiting_.pop_front();
    }
  }

private:
  struct change {
    bool live;
    std::vector<std::string> names;
    std::size_t next = 0;
  };

  std::deque<change> waiting_;
};

}  // namespace herald::backplane
