#pragma once

#include "actors/cursor.hpp"
#include "backplane/string_map.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace herald::backplane {

/// How far devices have got, for those that keep no cursors themselves.
/// Thread: the bridge's.   Bound: 100,000 devices; over it the one that was longest without a word is forgotten.
class kept_positions {
public:
  using list = std::vector<std::pair<std::string, cursor>>;

  static constexpr std::size_t max_devices = 100'000;

  list of(const std::string& user, const std::string& device) const;

  /// A position before the one that is known, in the same log, changes nothing.
  void keep(const std::string& user, const std::string& device, const std::string& channel, const cursor& at);

private:
  struct device_entry {
    list places;
    std::list<std::string>::iterator use;
  };

  string_map<device_entry> devices_;
  std::list<std::string> by_use_;  ///< The one that was heard of last is at the front.
};

}  // namespace herald::backplane
