#pragma once

#include "app/config.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace herald::app {

/// What the settings say about the backplane.
backplane::bridge_limits bridge_limits_of(const settings& from);

/// What Redis calls the node of this name: in CLIENT LIST, and in the name of its canary's channel.
std::string redis_client_name(const std::string& node);

/// Without what `load_redis_password` and `load_redis_tls` read from files.
backplane::redis_options redis_options_of(const settings& from);

/// Reads the password for Redis, if the settings name a file for it. Nothing if that worked, else what is wrong, without the
/// setting's name and without a part of the file. Blocks.
std::optional<std::string> load_redis_password(const settings& from, backplane::redis_options& into);

/// Reads the files that TLS to Redis needs, if the settings ask for it. Nothing if that worked, else what is wrong. Blocks.
std::optional<std::string> load_redis_tls(const settings& from, backplane::redis_options& into);

/// Looks into all of these files: for `process_inputs::check_files`. Blocks.
std::vector<file_finding> check_redis_files(const settings& from);

}  // namespace herald::app
