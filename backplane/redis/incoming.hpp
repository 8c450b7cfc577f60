#pragma once

#include "actors/notification.hpp"
#include "actors/stats.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace herald::backplane {

/// Why a message from Redis is not delivered.
struct refusal {
  drop_reason reason;
  std::string_view why;  ///< For the log; static text.
  notification what{};   ///< As far as it could be read; without its data.
};

/// Makes a notification of what Redis sent: herald's own with its header, or a plain PUBLISH of valid JSON.
/// `now_ms` is Unix time: what expired before is refused, and a plain PUBLISH gets it as its time.
std::variant<notification, refusal> read_message(std::string_view payload, std::size_t max_bytes, std::int64_t now_ms);

}  // namespace herald::backplane
