#pragma once

#include "transport/http/message.hpp"
#include "transport/limits/admission.hpp"

namespace herald::transport {

/// What a client hears that came up against a limit of its address or its user: 429, with the setting's name and when to come again.
http_response answer_to(const admission::denial& why);

}  // namespace herald::transport
