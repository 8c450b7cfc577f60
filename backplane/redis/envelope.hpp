#pragma once

#include "actors/cursor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::backplane {

/// What herald publishes in Redis, and keeps in the log: one header line, then the publisher's JSON untouched.
///
///     herald1 <epoch-hex16> <offset> <time_ms> <expires_ms|0> <id>\n<json>
///
/// `durable:false` has the epoch `-` and the offset 0. `publish.lua` writes it; this reads it. A plain PUBLISH of JSON
/// can't be taken for it: no JSON text begins with an `h`.
struct envelope {
  std::optional<cursor> position;
  std::int64_t time_ms = 0;
  std::int64_t expires_ms = 0;  ///< 0: never.
  std::string id;
  std::string_view body;        ///< A part of what was parsed.
};

/// Whether `payload` claims to be one.
bool is_enveloped(std::string_view payload) noexcept;

/// Nothing if the header is malformed or the body is empty. Whether the body is JSON is not looked at: the node that
/// published it has. Never throws but `std::bad_alloc`; any bytes may be given.
std::optional<envelope> parse_envelope(std::string_view payload);

}  // namespace herald::backplane
