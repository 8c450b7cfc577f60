#pragma once

#include "actors/channel.hpp"
#include "actors/close_reason.hpp"
#include "actors/cursor.hpp"
#include "actors/errors.hpp"
#include "actors/grant.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What a client and a session say to each other, whatever the bytes look like: a codec in
/// `transport/protocol/` turns frames into commands and events into frames.
namespace herald {

/// What the client wants repeated in the answer, as the codec read it; the session does not look inside. Empty: none.
using request_ref = std::string;

/// A channel as a session sees it.
struct channel_status {
  channel name;
  bool live = false;  ///< Whether the backplane is subscribed now; if not, another status follows when it is.
  std::optional<cursor> position;  ///< Up to where everything was passed on.
  bool is_reset = false;  ///< What came before the position, and was not passed on, is gone for good.
};

/// A channel as its client is told of it.
struct client_channel {
  channel name;
  bool live = false;
  std::optional<cursor> position;  ///< From where the client may resume.
  bool recovered = false;          ///< It goes on exactly where the client asked it to.
};

// -- from the client ----------------------------------------------------------

namespace command {

struct subscribe {
  std::string group;
  std::optional<cursor> after;  ///< Where the client has got to; nothing: from now on.
};
struct unsubscribe { std::string group; };
struct publish {
  channel to;
  std::string data;  ///< Valid JSON.
  std::string id;    ///< Empty: the node makes one.
  bool durable = true;
  std::optional<std::int64_t> ttl_s;
  std::string traceparent{};  ///< As `read_traceparent` gave it; empty: none.
};
struct ping {};
struct resume { std::vector<std::pair<std::string, cursor>> channels; };  ///< By the client's names.
struct ack { std::string channel; cursor position; };
struct authenticate { std::string token; };

/// A fresh token, as the link found it: it puts this in the place of `authenticate`.
struct renew { std::variant<grant_ptr, failure> outcome; };

/// What the codec could not make sense of.
struct malformed { failure why; };

using any = std::variant<subscribe, unsubscribe, publish, ping, resume, ack, authenticate, renew, malformed>;

}  // namespace command

/// A command and the client's reference to it.
struct client_command {
  command::any what;
  request_ref ref;
};

// -- to the client ------------------------------------------------------------

namespace event {

struct welcome {
  std::string session;
  std::string node;
  std::string user;
  std::chrono::milliseconds ping_interval;
  std::vector<client_channel> channels;
  std::optional<std::int64_t> expires_s;  ///< Its token's `exp`, where it has one.
};
struct subscribed { client_channel status; };
struct unsubscribed { channel name; };
struct published { std::string id; std::optional<cursor> position; };
/// Messages of this channel are gone for good: the application should reload what it shows.
struct reset { channel name; std::optional<cursor> position; };
struct acknowledged { std::string channel; cursor position; };
struct pong {};
struct authenticated { std::int64_t expires_s; };
/// The session ends then, unless a fresh token comes.
struct expiring { std::chrono::milliseconds in; };
struct refused { failure why; };
struct bye {
  close_reason reason;
  std::chrono::milliseconds reconnect_after;
};

using any = std::variant<welcome, subscribed, unsubscribed, published, reset, acknowledged, pong, authenticated, expiring,
                         refused, bye>;

}  // namespace event

/// An event and the reference of the command that it answers (empty if it answers none).
struct client_event {
  event::any what;
  request_ref ref;
};

}  // namespace herald
