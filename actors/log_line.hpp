#pragma once

#include "actors/log.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

/// How a line of the log is written; where it goes is in log.cpp.
namespace herald::log::detail {

/// One line, without line end, whatever the fields hold.
std::string render_line(format how, level what, std::chrono::system_clock::time_point when,
                        std::string_view name, const field* first, std::size_t count);

/// Appends `text` so that it fits between double quotes in JSON and can't change what a terminal
/// shows: quotes, backslashes, control characters (C0, DEL, C1), line separators and
/// bidirectional controls are escaped, bytes that are not UTF-8 become U+FFFD.
void append_escaped(std::string& to, std::string_view text);

}  // namespace herald::log::detail
