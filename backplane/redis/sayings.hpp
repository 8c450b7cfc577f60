#pragma once

#include "actors/messages.hpp"
#include "backplane/redis/commands.hpp"
#include "backplane/redis/options.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace herald::backplane {

/// What nodes say to each other, to all on the channel of the orders, to one on the channel of its canary: both are listened to
/// anyway, so that talking needs no further subscription, nor a further right.
///
///     herald1-say <who says it, for this process alone> <text>
///
/// Thread: the bridge's.   Bound: none of its own; whoever says something bounds how much, and `said_handler` what it takes in.
class sayings {
public:
  using told = std::function<void(said)>;

  /// `to_all`: the channel that every node hears.
  sayings(const redis_options& options, commands& with, std::string to_all);

  /// Answered when Redis has it, or at once, or within `command_timeout`, when it has not.
  void say(const herald::say& what, told done);

  /// The text that another node has said; nothing for what is no such message, and an empty one for this node's own.
  std::optional<std::string_view> heard(std::string_view payload) const;

private:
  const redis_options& options_;
  commands& with_;
  std::string to_all_;
  std::string own_;  ///< Of this process, among those that say something.
};

}  // namespace herald::backplane
