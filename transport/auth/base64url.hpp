#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace herald::transport {

/// What the text stands for (RFC 4648, section 5, without padding); nothing if it is none.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace herald::transport
