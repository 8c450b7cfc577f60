#include "actors/log_line.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace herald::log::detail {

namespace {

constexpr std::array<std::string_view, 5> json_levels{"debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 5> text_levels{"DEBUG", "INFO ", "WARN ", "ERROR", "OFF  "};

/// A code point and how many bytes it took; length 0 where the text is not UTF-8.
struct decoded {
  char32_t point = 0;
  std::size_t length = 0;
};

/// RFC 3629, section 4: no overlong forms, no surrogates, nothing past U+10FFFF.
decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  char32_t point = lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  if (overlong || surrogate || point > 0x10ffff) return {};
  return {point, length};
}

/// Characters that a terminal or a reader of lines acts on instead of showing.
bool acts_on_a_terminal(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x200e || point == 0x200f
      || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069)
      || point == 0xfeff;
}

void append_u_escape(std::string& to, char32_t point) {
  char digits[8];
  const int n = std::snprintf(digits, sizeof(digits), "\\u%04x", static_cast<unsigned>(point));
  to.append(digits, static_cast<std::size_t>(n));
}

void append_time(std::string& to, std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto day = floor<days>(when);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(when - day)};
  char text[48];
  const int n = std::snprintf(
    text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  to.append(text, static_cast<std::size_t>(n));
}

template <class Number>
void append_number(std::string& to, Number x) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), x).ptr;
  to.append(digits, end);
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
      || std::string_view{"_-.:/@+,%*#~()[]|!&?;<>"}.find(c) != std::string_view::npos;
}

/// In the text form a value stands without quotes when nothing in it could be misread.
bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text)
    if (!is_plain(c)) return true;
  return false;
}

void append_quoted(std::string& to, std::string_view text) {
  to += '"';
  append_escaped(to, text);
  to += '"';
}

void append_text(std::string& to, format how, std::string_view text) {
  if (how == format::json || needs_quotes(text))
    append_quoted(to, text);
  else
    to += text;
}

struct value_writer {
  std::string& to;
  format how;

  void operator()(std::string_view x) const { append_text(to, how, x); }
  void operator()(bool x) const { to += x ? "true" : "false"; }
  void operator()(std::int64_t x) const { append_number(to, x); }
  void operator()(std::uint64_t x) const { append_number(to, x); }

  void operator()(double x) const {
    // JSON has no word for these.
    if (!std::isfinite(x))
      to += "null";
    else
      append_number(to, x);
  }
};

void append_json(std::string& to, level what, std::chrono::system_clock::time_point when,
                 std::string_view name) {
  to += "{\"time\":\"";
  append_time(to, when);
  to += "\",\"level\":\"";
  to += json_levels[static_cast<std::size_t>(what)];
  to += "\",\"event\":";
  append_quoted(to, name);
}

}  // namespace

void append_escaped(std::string& to, std::string_view text) {
  while (!text.empty()) {
    const auto [point, length] = decode(text);
    if (length == 0) {
      to += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    if (point == '"' || point == '\\') {
      to += '\\';
      to += static_cast<char>(point);
    } else if (point == '\n') {
      to += "\\n";
    } else if (acts_on_a_terminal(point)) {
      append_u_escape(to, point);
    } else {
      to += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

std::string render_line(format how, level what, std::chrono::system_clock::time_point when,
                        std::string_view name, const field* first, std::size_t count) {
  std::string line;
  line.reserve(128);
  if (how == format::json) {
    append_json(line, what, when, name);
  } else {
    append_time(line, when);
    line += ' ';
    line += text_levels[static_cast<std::size_t>(what)];
    line += ' ';
    append_text(line, how, name);
  }
  for (const auto* x = first; x != first + count; ++x) {
    line += how == format::json ? ',' : ' ';
    append_text(line, how, x->key);
    line += how == format::json ? ':' : '=';
    std::visit(value_writer{line, how}, x->value);
  }
  if (how == format::json) line += '}';
  return line;
}

}  // namespace herald::log::detail
