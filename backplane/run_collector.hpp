#pragma once

#include "actors/messages.hpp"
#include "backplane/ingress.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace herald::backplane {

/// Finds a string's entry by a view of it.
struct string_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

template <class T>
using string_map = std::unordered_map<std::string, T, string_hash, std::equal_to<>>;

/// A channel that directories of this node are subscribed to, and what came for it but was not sent to them yet.
struct feed {
  channel name;
  std::vector<directory_actor> directories;  ///< Each once. At most one a shard.
  std::vector<notification> waiting;
  std::size_t waiting_bytes = 0;
  std::optional<cursor> position;  ///< Of the last notification that came; nothing if one may have been missed since.

  /// Whether it was not in yet.
  bool add(const directory_actor& who);
  bool remove(const directory_actor& who);
};

/// Joins what comes together into runs, per channel in the order it came, and sends them to the directories.
/// Thread: the bridge's.   Bound: what is collected between two flushes, which the bridge bounds (a read, a turn).
class run_collector {
public:
  explicit run_collector(ingress& counted) : counted_(counted) {}

  /// `to` has to stay where it is until the next `flush()`.
  void add(feed& to, notification what);

  /// Sends everything that waits. Before a subscription's state changes, too: its messages come before the change.
  void flush();

  /// Drops what waits, without sending it.
  void clear();

private:
  void send(feed& to);

  ingress& counted_;
  std::vector<feed*> touched_;
};

}  // namespace herald::backplane
