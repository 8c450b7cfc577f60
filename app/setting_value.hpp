#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How numbers, durations and sizes are written in a setting.
namespace herald::app {

/// A whole number in decimal, without sign, spaces or separators.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// `0`, `1`, `0.001`: digits, and a point with up to nine behind it, from 0 to 1.
std::optional<double> parse_fraction(std::string_view text);

/// `250ms`, `10s`, `5m`, `2h`, `7d`: a whole number and its unit. At most 100 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// `4096`, `64KiB`, `1MiB`, `2GiB`: bytes, or a whole number and its unit. At most 1 PiB.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// The same in the largest unit that holds it exactly.
std::string duration_text(std::chrono::milliseconds x);
std::string bytes_text(std::uint64_t x);

/// `'text'`, cut to 80 bytes, with control characters as `?`: for an error's line.
std::string in_quotes(std::string_view text);

/// How many letters must be changed, added or taken away, for `nearest`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `text`, for "did you mean"; empty when none is near.
template <class Candidates>
std::string_view nearest(std::string_view text, const Candidates& candidates) {
  std::string_view best;
  if (text.size() > 64) return best;
  std::size_t least = text.size() / 3 + 2;
  for (const std::string_view x : candidates) {
    const auto distance = edit_distance(text, x);
    if (distance >= least) continue;
    least = distance;
    best = x;
  }
  return best;
}

}  // namespace herald::app
