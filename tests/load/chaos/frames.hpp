#pragma once

#include "clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::load {

/// What a frame says of a channel.
struct channel_news {
  std::string channel;           ///< "user", "broadcast", "group:g1"
  std::string cursor;            ///< empty: none was said
  std::optional<bool> recovered; ///< of a welcome that answers a resume
};

/// A frame of the server that is not a notification.
struct server_frame {
  std::string type;
  std::vector<channel_news> channels;
  nanos ping = 0;      ///< of a welcome: how often the server pings
  nanos reconnect = 0; ///< of a bye: when to come back
};

/// Reads a welcome, subscribed, unsubscribed, reset, bye or error. Nothing when it is no such frame.
std::optional<server_frame> read_server_frame(std::string_view frame);

/// A text member's value in a notification, looked for before its data; empty when it is not there. A scan, not a parse.
std::string_view notification_member(std::string_view frame, std::string_view name);

/// Text as it stands in a URL's query (RFC 3986, section 2.1).
std::string url_encoded(std::string_view text);

} // namespace herald::load
