#pragma once

#include "actors/messages.hpp"
#include "transport/auth/authenticator.hpp"
#include "transport/http/message.hpp"

#include <optional>

namespace herald::transport {

/// Lets a client in as its token says, which goes into `who`; or the answer that refuses it: 401 with `WWW-Authenticate` (RFC 6750,
/// section 3), 403 for a group that it may not join, 400 where it says that it is somebody else, 503 while there are no keys.
std::optional<http_response> admit(authenticator::outcome outcome, hello& who);

}  // namespace herald::transport
