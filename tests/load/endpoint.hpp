#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::load {

/// An IPv4 address and a port to connect to.
struct endpoint {
  sockaddr_in address{};
  std::string text; ///< as it was given, "127.0.0.1:8084"; also the value of `Host:`
  bool tls = false; ///< clients connect over TLS
};

/// Where to publish: Redis (PUBLISH) or a node's internal port (POST).
struct publish_target {
  enum class kind { redis, http };
  kind type = kind::redis;
  endpoint where;
  std::string user;     ///< of Redis; empty: none
  std::string password; ///< of Redis; empty: none
};

/// "host:port"; a name is resolved. Nothing when it is malformed or unknown.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// The same, or with "ws://" or "wss://" before it.
std::optional<endpoint> parse_node(std::string_view text);

/// "redis://[[user]:password@]host:port" or "http://host:port".
std::optional<publish_target> parse_publish_target(std::string_view text);

/// "127.0.0.1" or "127.0.0.1-127.0.0.4" (both ends included, at most 256). Nothing when malformed.
std::optional<std::vector<in_addr>> parse_address_range(std::string_view text);

} // namespace herald::load
