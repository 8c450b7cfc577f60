#pragma once

#include <cstdint>
#include <string>

namespace herald::transport {

/// Appends a Unix time in milliseconds as RFC 3339 has it: `2026-11-22T12:00:00.000Z`.
void append_time(std::string& out, std::int64_t unix_ms);

}  // namespace herald::transport
