#pragma once

#include "actors/rules.hpp"
#include "app/config.hpp"
#include "transport/public_port.hpp"

namespace herald::app {

/// What the settings say about clients' connections.
transport::public_port_options port_options_of(const settings& from);

/// And about their sessions; `shards`: how many the public port has.
actor_rules actor_rules_of(const settings& from, std::size_t shards);

}  // namespace herald::app
