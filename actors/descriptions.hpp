#pragma once

#include "actors/actor_row.hpp"
#include "actors/channel.hpp"
#include "actors/cursor.hpp"
#include "actors/errors.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What actors tell operators of themselves when they are asked: nothing of it is kept or counted for that purpose.
namespace herald {

// -- a user -------------------------------------------------------------------

/// A channel and up to which position something was passed on.
using channel_places = std::vector<std::pair<channel, std::optional<cursor>>>;

/// To a session, behind all that its router has passed on up to these places.
struct describe_session { std::shared_ptr<const channel_places> passed_on; };

enum class channel_state : std::uint8_t {
  opening,      ///< Its client was not told yet that it is in it.
  catching_up,  ///< It reads the log.
  live,
};

struct session_channel {
  channel name;
  channel_state state = channel_state::opening;
  std::optional<cursor> sent;  ///< Up to here it was handed to the link.
};

struct session_facts {
  std::string session_id;
  std::string device;
  std::string address;
  std::int64_t since_ms = 0;  ///< Unix time.
  bool is_closing = false;
  std::vector<session_channel> channels;
  bool has_unsent = false;  ///< Something waits for its client to read.
  link_row link;            ///< Nothing of a session that lost its connection.
};

/// To the directory of the user's shard, which passes it on to the router.
struct describe_user { std::string user; };

struct user_facts {
  static constexpr std::size_t most_sessions = 500;

  bool is_known = false;        ///< It has a router here: sessions, or it had some just now.
  std::size_t sessions_in_all = 0;
  std::vector<session_facts> sessions;  ///< Up to `most_sessions` of them.
  std::vector<std::pair<channel, bool>> channels;  ///< That the router follows, and whether each is live.
};

// -- groups -------------------------------------------------------------------

/// To a directory: the `most` groups with most users, or the one that is named.
struct describe_groups { std::size_t most; std::string only; };

struct group_facts {
  std::string id;
  std::size_t users = 0;  ///< With a session in it.
  bool is_live = false;
  std::optional<cursor> position;
};

struct groups_facts {
  std::size_t groups_in_all = 0;
  std::vector<group_facts> top;
};

// -- the backplane ------------------------------------------------------------

struct describe_backplane {};

struct backplane_connection {
  std::string role;     ///< `commands`, `subscriber`, `sentinel`.
  std::string address;  ///< Of the server that it is connected to, or tried last.
  bool is_up = false;
  std::int64_t up_since_ms = 0;  ///< Unix time; 0 while it is not up.
  std::uint64_t times_lost = 0;
};

struct backplane_facts {
  std::string kind;  ///< `memory`, `redis`, …
  std::string mode;
  std::vector<backplane_connection> connections;
  std::size_t channels = 0;       ///< With somebody here …
  std::size_t live_channels = 0;  ///< … and those of which all that is published comes.
  bool is_paused = false;         ///< It takes nothing in, because the node is behind.
};

/// Where a channel's log is, as the backplane has it now.
struct look_at_channel { channel what; };

struct channel_facts {
  std::optional<cursor> end;   ///< Nothing where there is no log.
  std::uint64_t first = 0;     ///< The first offset that is kept; 0 where nothing is.
  std::uint64_t entries = 0;
  std::optional<failure> why_not;
};

}  // namespace herald

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::backplane_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::channel_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::describe_backplane)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::describe_groups)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::describe_session)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::describe_user)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::groups_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::look_at_channel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::session_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::user_facts)
