#pragma once

#include "backplane/redis/options.hpp"

#include <algorithm>
#include <string>
#include <string_view>

/// The keys that herald has in Redis. All of a channel's are in one cluster slot, which is its pub/sub channel's where that has
/// braces of its own (`notification:{42}`, for sharded pub/sub).
namespace herald::backplane {

/// What a channel is called in Redis: `notification:42`, or `notification:{42}` for sharded pub/sub.
inline std::string redis_channel(const redis_options& options, std::string_view name) {
  if (options.listen == redis_options::mode::sharded) return options.prefix + '{' + std::string{name} + '}';
  return options.prefix + std::string{name};
}

/// The other way round: `42`. Of what is no such name it is something that no channel is called.
inline std::string_view channel_name(const redis_options& options, std::string_view redis_channel) {
  auto name = redis_channel.substr(std::min(options.prefix.size(), redis_channel.size()));
  if (options.listen != redis_options::mode::sharded) return name;
  return name.size() > 2 && name.front() == '{' && name.back() == '}' ? name.substr(1, name.size() - 2) : name;
}

/// What makes its subscribers hear.
inline std::string_view publish_command(const redis_options& options) {
  return options.listen == redis_options::mode::sharded ? "SPUBLISH" : "PUBLISH";
}

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
