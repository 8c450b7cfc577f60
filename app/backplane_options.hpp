#pragma once

#include "app/config.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/options.hpp"

#include <optional>
#include <string>

namespace herald::app {

/// What the settings say about the backplane.
backplane::bridge_limits bridge_limits_of(const settings& from);

/// What Redis calls the node of this name: in CLIENT LIST, and in the name of its canary's channel.
std::string redis_client_name(const std::string& node);

/// Without TLS, whose files `load_redis_tls` reads.
backplane::redis_options redis_options_of(const settings& from);

/// Reads the files that TLS to Redis needs, if the settings ask for it. Nothing if that worked, else what is wrong. Blocks.
std::optional<std::string> load_redis_tls(const settings& from, backplane::redis_options& into);

}  // namespace herald::app
