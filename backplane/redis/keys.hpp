#pragma once

#include "backplane/redis/options.hpp"

#include <string>
#include <string_view>

/// The keys that herald has in Redis. All of a channel's are in one cluster slot, which is its pub/sub channel's where that has
/// braces of its own (`notification:{42}`, for sharded pub/sub).
namespace herald::backplane {

/// What a channel is called in Redis: `notification:42`.
inline std::string redis_channel(const redis_options& options, std::string_view name) {
  return options.prefix + std::string{name};
}

/// What makes its subscribers hear.
inline std::string_view publish_command(const redis_options&) noexcept { return "PUBLISH"; }

/// The part of a key that decides its slot.
inline std::string slot_text(std::string_view redis_channel) {
  const bool has_braces = redis_channel.find('{') != std::string_view::npos;
  return has_braces ? std::string{redis_channel} : '{' + std::string{redis_channel} + '}';
}

/// The entries of a channel's log: a stream.
inline std::string log_key(std::string_view redis_channel) { return "herald:log:" + slot_text(redis_channel); }

/// Where the log ends, and where its epochs do: a hash.
inline std::string meta_key(std::string_view redis_channel) { return "herald:meta:" + slot_text(redis_channel); }

/// The first receipt of an id.
inline std::string once_key(std::string_view redis_channel, std::string_view id) {
  return "herald:once:" + slot_text(redis_channel) + ':' + std::string{id};
}

/// How far a user's device has got: a hash of channels to cursors. In the slot of the user's channel.
inline std::string positions_key(std::string_view redis_channel, std::string_view device) {
  return "herald:positions:" + slot_text(redis_channel) + ':' + std::string{device};
}

}  // namespace herald::backplane
