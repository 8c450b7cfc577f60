#pragma once

#include "actors/cursor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::backplane {

/// What herald publishes in Redis, and keeps in the log: one header line, then the publisher's JSON untouched.
///
///     herald1 <epoch-hex16> <offset> <time_ms> <expires_ms|0> <id>[ <name>=<value>]…\n<json>
///
/// `durable:false` has the epoch `-` and the offset 0. What few have stands behind the id: `trace=1` (each step is written down) and
/// `traceparent=…`; other names are passed over. `publish.lua` writes it; this reads it. A plain PUBLISH of JSON
/// can't be taken for it: no JSON text begins with an `h`.
struct envelope {
  std::optional<cursor> position;
  std::int64_t time_ms = 0;
  std::int64_t expires_ms = 0;  ///< 0: never.
  std::string id;
  std::string_view body;        ///< A part of what was parsed.
  bool is_traced = false;
  std::string traceparent{};    ///< As `read_traceparent` gives it; empty: none.
};

/// What stands behind the id, with the space before it; empty where there is nothing to say.
std::string envelope_marks(bool is_traced, std::string_view traceparent);

/// Whether `payload` claims to be one.
bool is_enveloped(std::string_view payload) noexcept;

/// Nothing if the header is malformed or the body is empty. Whether the body is JSON is not looked at: the node that
/// published it has. Never throws but `std::bad_alloc`; any bytes may be given.
std::optional<envelope> parse_envelope(std::string_view payload);

}  // namespace herald::backplane
