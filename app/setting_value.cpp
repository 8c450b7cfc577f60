#include "app/setting_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>
#include <vector>

namespace herald::app {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 5> time_units{
  {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 4> byte_units{
  {{"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"", 1}}};

constexpr std::uint64_t longest_ms = 100ull * 365 * 86'400'000;
constexpr std::uint64_t most_bytes = 1ull << 50;
constexpr std::size_t longest_shown = 80;

template <class Units>
std::optional<std::uint64_t> parse_with(const Units& units, std::string_view text,
                                        std::uint64_t limit) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_count(text.substr(0, digits));
  if (!number) return {};
  for (const auto& x : units)
    if (x.name == text.substr(digits) && *number <= limit / x.factor) return *number * x.factor;
  return {};
}

template <class Units>
std::string text_with(const Units& units, std::uint64_t x, std::string_view zero) {
  if (x == 0) return std::string{zero};
  for (const auto& u : units)
    if (x % u.factor == 0) return std::to_string(x / u.factor) + std::string{u.name};
  return std::to_string(x);
}

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t result = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stop != end) return {};
  return result;
}

std::optional<double> parse_fraction(std::string_view text) {
  constexpr std::size_t longest = 11;  // 0. and nine digits
  if (text.size() > longest || text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
  if (text.empty() || text.front() == '.' || text.back() == '.') return {};
  double result = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stop != end || result > 1) return {};
  return result;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto result = parse_with(time_units, text, longest_ms);
  if (!result) return {};
  return std::chrono::milliseconds{static_cast<std::int64_t>(*result)};
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  return parse_with(byte_units, text, most_bytes);
}

std::string duration_text(std::chrono::milliseconds x) {
  return text_with(time_units, static_cast<std::uint64_t>(x.count()), "0s");
}

std::string bytes_text(std::uint64_t x) {
  return text_with(byte_units, x, "0");
}

std::string in_quotes(std::string_view text) {
  std::string result{"'"};
  for (const char c : text.substr(0, longest_shown))
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return result + (text.size() > longest_shown ? "…'" : "'");
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Levenshtein's, one row at a time.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace herald::app
