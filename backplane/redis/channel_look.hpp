#pragma once

#include "actors/messages.hpp"
#include "backplane/redis/commands.hpp"
#include "backplane/redis/options.hpp"

#include <functional>

namespace herald::backplane {

/// Looks where a channel's log begins and ends, for operators: nothing is read of it but its first entry. `done` is called once: at
/// once, or within `command_timeout` of each of two commands; it must not need what the caller may have lost by then.
/// Thread: the bridge's. `with` has to outlive the answer.
void look_at(const redis_options& options, commands& with, const channel& what, std::function<void(channel_facts)> done);

}  // namespace herald::backplane
