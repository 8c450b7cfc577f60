#pragma once

#include "options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::load {

/// A channel's number: 0 is the broadcast, then come the groups, then the users.
using channel_id = std::uint32_t;

/// A session's number. Session s belongs to user s / sessions_per_user.
using session_id = std::uint32_t;

/// Who is there and what is due to whom: pure arithmetic, nothing is stored.
///
/// User u is in the groups (u * groups_per_user + j) mod groups, for j below groups_per_user; so groups are equally large,
/// give or take one. Each session has `slots()` channels: its slot 0 is the broadcast, 1 its user, from 2 on its groups.
class population {
public:
  explicit population(const options& given);

  session_id sessions() const { return users_ * sessions_per_user_; }
  std::uint32_t users() const { return users_; }
  std::uint32_t groups() const { return groups_; }
  channel_id channels() const { return 1 + groups_ + users_; }
  std::uint32_t slots() const { return 2 + groups_per_user_; }

  static constexpr channel_id broadcast() { return 0; }
  channel_id group(std::uint32_t index) const { return 1 + index; }
  channel_id user(std::uint32_t index) const { return 1 + groups_ + index; }
  bool is_group(channel_id channel) const { return channel > 0 && channel <= groups_; }

  std::uint32_t user_of(session_id session) const { return session / sessions_per_user_; }
  channel_id channel_at(session_id session, std::uint32_t slot) const;

  /// Where the session keeps this channel, or nothing if it is not due to the session.
  std::optional<std::uint32_t> slot_of(session_id session, channel_id channel) const;

  /// How many sessions a message on this channel is due to.
  std::uint64_t fan_out(channel_id channel) const;

  /// The channel's name in Redis behind the prefix: "broadcast", "group:g1", "u1".
  std::string name_of(channel_id channel) const;

  /// The channel that a name means, or nothing.
  std::optional<channel_id> channel_named(std::string_view name) const;

  /// The request target a session connects with: "/ws?user=u1&groups=g1,g2".
  std::string target_of(session_id session) const;

private:
  std::uint32_t users_, sessions_per_user_, groups_, groups_per_user_;
  std::string user_prefix_, group_prefix_;
};

} // namespace herald::load
