#include "backplane/feed_table.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>

namespace herald::backplane {

feed& feed_table::add(const subscribe& what) {
  auto& to = feeds_.try_emplace(what.what.name()).first->second;
  to.name = what.what;
  if (std::ranges::find(to.directories, what.who) == to.directories.end()) to.directories.push_back(what.who);
  return to;
}

bool feed_table::remove(const unsubscribe& what) {
  auto found = feeds_.find(what.what.name());
  if (found == feeds_.end()) return false;
  std::erase(found->second.directories, what.who);
  if (!found->second.directories.empty()) return false;
  feeds_.erase(found);
  return true;
}

std::vector<std::string> feed_table::remove_all(const caf::actor_addr& who) {
  std::vector<std::string> gone;
  std::erase(known_, who);
  for (auto next = feeds_.begin(); next != feeds_.end();) {
    auto& directories = next->second.directories;
    std::erase_if(directories, [&](const directory_actor& x) { return x.address() == who; });
    if (directories.empty()) {
      gone.push_back(next->first);
      next = feeds_.erase(next);
    } else {
      ++next;
    }
  }
  return gone;
}

bool feed_table::meet(const directory_actor& who) {
  auto address = who.address();
  if (std::ranges::find(known_, address) != known_.end()) return false;
  known_.push_back(std::move(address));
  return true;
}

feed* feed_table::find(std::string_view name) {
  auto found = feeds_.find(name);
  return found == feeds_.end() ? nullptr : &found->second;
}

std::vector<std::string> feed_table::names() const {
  std::vector<std::string> all;
  all.reserve(feeds_.size());
  for (const auto& [name, to] : feeds_) all.push_back(name);
  return all;
}

}  // namespace herald::backplane
