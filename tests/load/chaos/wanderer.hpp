#pragma once

#include "client_session.hpp"
#include "clock.hpp"
#include "population.hpp"

#include <string>
#include <vector>

namespace herald::load {

/// A client that comes back: its connection, and what it knows across connections.
struct wanderer {
  client_session link;
  std::vector<std::string> cursors; ///< by slot: of the last frame that had one; empty: none yet
  std::vector<std::string> came_with; ///< … as they were at the last connect
  nanos ping = 0;                   ///< how often its server pings; 0: not greeted yet
  nanos next_start = 0;             ///< when to connect (while there is no connection)
  nanos began = 0;                  ///< when this connect was begun
  nanos last_byte = 0;              ///< when the server last said something
  nanos gone_since = 0;             ///< when the connection ended; 0: it has not, or there never was one
  nanos silent_since = 0;           ///< the last byte before that
  nanos leaves_at = 0;              ///< when it goes of its own accord; 0: it stays
  std::uint32_t failures = 0;       ///< connects since it was last greeted
  std::uint32_t attempts = 0;
  bool away = false;                ///< told to stay away
};

/// The channel's slot as the session's client names it ("user", "broadcast", "group:g1"), or nothing.
inline std::optional<std::uint32_t> slot_named(const population& people, session_id session, std::string_view name) {
  if (name == "user")
    return 1;
  const auto channel = people.channel_named(name);
  return channel && (people.is_group(*channel) || *channel == population::broadcast()) ? people.slot_of(session, *channel) : std::nullopt;
}

/// The request target it connects with: who it is, and from where on it wants what it missed.
std::string target_with_cursors(const population& people, session_id session, const wanderer& who);

} // namespace herald::load
