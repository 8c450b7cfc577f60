#pragma once

#include "app/endpoint.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace herald::app {

/// Where Redis is and who we are there.
///
///     redis://[user:password@]host[:port][/db]
///     redis+sentinel://[user:password@]h1[:p],h2[:p]/master-name[/db]
///     redis+cluster://[user:password@]h1[:p],h2[:p]
///     rediss://…  rediss+sentinel://…  rediss+cluster://…     the same over TLS
///
/// `user@` alone is for a password that comes from elsewhere (redis-password-file).
/// Sentinels are offered the same user and password as the servers that they name.
/// User and password are percent-encoded in the text and decoded here. Ports default to 6379, to
/// 26379 for Sentinels.
struct redis_url {
  enum class scheme { server, sentinel, cluster };

  scheme kind = scheme::server;
  std::string user;
  std::string password;
  std::vector<endpoint> hosts;
  std::string master_name;
  unsigned db = 0;
  bool tls = false;

  friend bool operator==(const redis_url&, const redis_url&) = default;
};

/// The URL, or what is wrong with it: a sentence that never holds any of its text, since that may
/// be a password.
std::variant<redis_url, std::string> parse_redis_url(std::string_view text);

/// The URL as it may be shown: the password is `***`.
std::string to_masked_string(const redis_url& url);

}  // namespace herald::app
