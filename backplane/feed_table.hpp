#pragma once

#include "actors/catch_up.hpp"
#include "actors/messages.hpp"
#include "backplane/string_map.hpp"

#include <caf/actor_addr.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::backplane {

/// A channel that directories of this node are subscribed to, and what came for it but was not sent to them yet.
struct feed {
  channel name;
  bool live = false;                         ///< Whether all that is published from its position on comes.
  std::vector<directory_actor> directories;  ///< Each once. At most one a shard.
  std::vector<notification> waiting;
  std::size_t waiting_bytes = 0;
  std::optional<cursor> position;  ///< Up to where everything was passed on; nothing if none is known yet.

  // -- for a backplane that can lose a subscription ---
  std::unique_ptr<catch_up> way;   ///< To the live stream; null where it is reached, or nothing is subscribed.
  std::uint32_t reading = 0;       ///< Tells the answer to the last read from earlier ones.
  std::uint32_t losses = 0;        ///< Those that the log knew of when it was last read, as in `log_page`.
  std::uint64_t told_lost = 0;     ///< The last epoch beyond whose end all its subscribers know that something is lost …
  std::uint64_t said_lost = 0;     ///< … and the last one of which another node has said so.
  std::uint64_t read_up_to = 0;    ///< The offset up to which the log was read: it comes live as well, perhaps.

  channel_changed status() const { return {{name, live, position}}; }
};

/// All feeds of a bridge, by their channel's name.
/// Thread: the bridge's.   Bound: what directories subscribe to, which is what users connect for.
/// A feed stays where it is until it is removed.
class feed_table {
public:
  /// The feed, made if need be, with the directory in it.
  feed& add(const subscribe& what);

  /// Whether that was its last directory: then the feed is gone.
  bool remove(const unsubscribe& what);

  /// Takes a directory that died out of all feeds. The names of those that are gone with it.
  std::vector<std::string> remove_all(const caf::actor_addr& who);

  /// Whether this directory was not seen before.
  bool meet(const directory_actor& who);
  std::size_t directories() const noexcept { return known_.size(); }

  feed* find(std::string_view name);
  std::vector<std::string> names() const;
  std::size_t size() const noexcept { return feeds_.size(); }
  auto begin() noexcept { return feeds_.begin(); }
  auto end() noexcept { return feeds_.end(); }
  void clear() noexcept { feeds_.clear(); }

private:
  string_map<feed> feeds_;
  std::vector<caf::actor_addr> known_;
};

}  // namespace herald::backplane
