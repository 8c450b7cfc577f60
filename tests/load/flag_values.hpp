#pragma once

#include "clock.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>

namespace herald::load {

/// A number without trailing zeroes, for messages.
inline std::string plain(double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", number);
  return text;
}

/// Takes a number (whole, if T is) within [low, high]. Returns what is wrong, or nothing.
template <class T>
std::string take_number(T& to, std::string_view text, double low, double high) {
  const std::string copy{text};
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  const bool whole = std::is_floating_point_v<T> || value == std::floor(value);
  if (copy.empty() || *end != '\0' || !whole || !(value >= low && value <= high))
    return std::string{"needs a "} + (std::is_floating_point_v<T> ? "" : "whole ") + "number from " + plain(low) + " to " + plain(high);
  to = static_cast<T>(value);
  return {};
}

/// Takes a time like "10s", "500ms", "2m" (seconds when there is no unit). Returns what is wrong, or nothing.
inline std::string take_duration(nanos& to, std::string_view text, nanos low, nanos high) {
  const std::string copy{text};
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  const std::string_view unit{end};
  const nanos scale = unit.empty() || unit == "s" ? second
                      : unit == "us"              ? microsecond
                      : unit == "ms"              ? millisecond
                      : unit == "m"               ? 60 * second
                      : unit == "h"               ? 3600 * second
                                                  : 0;
  const double result = value * static_cast<double>(scale);
  const bool in_range = result >= static_cast<double>(low) && result <= static_cast<double>(high);
  if (copy.empty() || end == copy.c_str() || scale == 0 || !in_range)
    return "needs a time from " + plain(to_seconds(low)) + "s to " + plain(to_seconds(high)) + "s, like 10s, 500ms or 2m";
  to = static_cast<nanos>(result);
  return {};
}

/// Takes the beginning of user or group ids: 1 to 64 of the characters that ids may have and that need no escape in a URL.
inline std::string take_name(std::string& to, std::string_view text) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~";
  if (text.empty() || text.size() > 64 || text.find_first_not_of(allowed) != std::string_view::npos)
    return "needs 1 to 64 characters of A-Z a-z 0-9 _ - . ~";
  to = text;
  return {};
}

} // namespace herald::load
