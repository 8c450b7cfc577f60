#pragma once

#include <string>

namespace herald {

/// A new id for a message or a session: 128 random bits, 32 hex digits. Thread: any.
std::string make_message_id();

}  // namespace herald
