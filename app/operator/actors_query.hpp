#pragma once

#include "actors/actor_walk.hpp"
#include "actors/errors.hpp"

#include <string_view>
#include <variant>

namespace herald::app {

/// Reads `kind=session&sort=outbox&limit=20`; each may lack: all kinds, `mailbox`, 20.
/// Errors: `bad_field`, with the field's name and what is allowed.
std::variant<actor_query, failure> read_actor_query(std::string_view query);

}  // namespace herald::app
