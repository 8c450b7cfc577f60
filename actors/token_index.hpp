#pragma once

#include "actors/messages.hpp"

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald {

/// Which sessions came with which token, so that revoking one does not ask every session.
/// Thread: any; used when a session begins, ends, or is given another token.   Bound: an entry a session.
class token_index {
public:
  void add(const std::string& token_id, const caf::actor_addr& who) {
    const std::lock_guard guard{mutex_};
    sessions_.emplace(token_id, who);
  }

  void remove(const std::string& token_id, const caf::actor_addr& who) {
    const std::lock_guard guard{mutex_};
    const auto [first, last] = sessions_.equal_range(token_id);
    for (auto one = first; one != last; ++one)
      if (one->second == who) {
        sessions_.erase(one);
        return;
      }
  }

  /// Those that live still.
  std::vector<session_actor> find(const std::string& token_id) const;

private:
  mutable std::mutex mutex_;
  std::unordered_multimap<std::string, caf::actor_addr> sessions_;
};

}  // namespace herald
