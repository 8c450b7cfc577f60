#include "actors/cursor.hpp"

#include <array>
#include <charconv>

namespace herald {
namespace {

template <class T>
void append_number(std::string& out, T value, int base) {
  std::array<char, 24> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

/// Reads a number up to `stop` (or the end where `stop` is 0) and removes both from `text`.
template <class T>
bool take_number(std::string_view& text, T& value, int base, char stop) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end == text.data()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (stop == '\0') return text.empty();
  if (text.empty() || text.front() != stop) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::uint32_t tag_of(std::string_view id) noexcept {
  std::uint32_t hash = 2166136261u;
  for (char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

std::string to_string(const cursor& x) {
  if (x == log_start) return "0";
  std::string out;
  append_number(out, x.epoch, 16);
  out += '.';
  append_number(out, x.offset, 10);
  out += '.';
  append_number(out, x.tag, 16);
  return out;
}

std::optional<cursor> parse_cursor(std::string_view text) noexcept {
  if (text == "0") return log_start;
  cursor result;
  if (!take_number(text, result.epoch, 16, '.') || !take_number(text, result.offset, 10, '.')
      || !take_number(text, result.tag, 16, '\0'))
    return std::nullopt;
  return result;
}

std::string epoch_to_hex(std::uint64_t epoch) {
  std::string digits;
  append_number(digits, epoch, 16);
  return std::string(16 - digits.size(), '0') + digits;
}

}  // namespace herald
