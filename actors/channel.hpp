#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

enum class channel_kind : std::uint8_t { user, group, broadcast };

/// Whether `id` may be a user's or a group's name: 1–128 of `A-Z a-z 0-9 _ - . : @ + = ~ / |`.
/// (No braces: they would break a Redis Cluster slot's tag.)
bool is_valid_id(std::string_view id) noexcept;

/// Whether `id` may name a user: a valid id that could not be taken for another kind of channel.
bool is_valid_user_id(std::string_view id) noexcept;

/// Says what is wrong with `id` as a user's name, for an error message; empty if nothing is.
std::string explain_bad_user_id(std::string_view id);

/// Says what is wrong with `id` as a group's name, for an error message; empty if nothing is.
std::string explain_bad_group_id(std::string_view id);

/// Where a notification goes: a user, a group or everybody. Its name is what follows the prefix in Redis:
/// `42`, `group:g1`, `broadcast`; unambiguous, since no user may be called `broadcast` nor begin with `group:`.
class channel {
public:
  channel() = default;

  /// @pre `is_valid_user_id(id)`
  static channel user(std::string_view id) { return {std::string{id}, channel_kind::user}; }

  /// @pre `is_valid_id(id)`
  static channel group(std::string_view id);

  static channel broadcast() { return {"broadcast", channel_kind::broadcast}; }

  /// Reads what follows the prefix in a Redis channel's name; nothing if it is not a valid one.
  static std::optional<channel> parse(std::string_view name);

  const std::string& name() const noexcept { return name_; }
  channel_kind kind() const noexcept { return kind_; }

  /// The user's or the group's id; empty for broadcast.
  std::string_view id() const noexcept;

  /// What a client calls it: `user`, `group:g1` or `broadcast`.
  std::string_view client_name() const noexcept;

  friend bool operator==(const channel&, const channel&) = default;

private:
  channel(std::string name, channel_kind kind) : name_(std::move(name)), kind_(kind) {}

  std::string name_;
  channel_kind kind_ = channel_kind::user;
};

}  // namespace herald

template <>
struct std::hash<herald::channel> {
  std::size_t operator()(const herald::channel& x) const noexcept {
    return std::hash<std::string>{}(x.name());
  }
};
