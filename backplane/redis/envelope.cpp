#include "backplane/redis/envelope.hpp"

#include "actors/channel.hpp"
#include "actors/trace.hpp"

#include <algorithm>
#include <charconv>

namespace herald::backplane {
namespace {

constexpr std::string_view magic = "herald1 ";
constexpr std::size_t epoch_digits = 16;

constexpr std::string_view trace_mark = "trace=1";
constexpr std::string_view traceparent_mark = "traceparent=";

/// More than the longest header: five words of up to 20 characters, an id, and marks, of which later versions may have more.
constexpr std::size_t max_header_bytes = 1024;

/// Removes the word up to the next space; empty if there is none.
std::string_view take_word(std::string_view& text) {
  auto end = text.find(' ');
  if (end == std::string_view::npos) return {};
  auto word = text.substr(0, end);
  text.remove_prefix(end + 1);
  return word;
}

template <class T>
std::optional<T> number(std::string_view digits, int base = 10) {
  T value{};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Whether epoch and offset agree; sets the position if there is one.
bool read_position(std::string_view epoch, std::string_view offset, std::optional<cursor>& position) {
  if (epoch == "-") return offset == "0";
  auto era = epoch.size() == epoch_digits ? number<std::uint64_t>(epoch, 16) : std::nullopt;
  auto place = number<std::uint64_t>(offset);
  if (!era || !place || *place == 0) return false;
  position = cursor{*era, *place, 0};
  return true;
}

/// Whether they have the form that marks have. @pre there are some
bool read_marks(std::string_view marks, envelope& into) {
  if (marks.back() == ' ') return false;
  while (!marks.empty()) {
    const auto word = marks.substr(0, marks.find(' '));
    marks.remove_prefix(std::min(word.size() + 1, marks.size()));
    if (word.find('=') == std::string_view::npos || word.front() == '=') return false;
    if (word == trace_mark) into.is_traced = true;
    if (!word.starts_with(traceparent_mark)) continue;
    if (auto parent = read_traceparent(word.substr(traceparent_mark.size()))) into.traceparent = std::move(*parent);
  }
  return true;
}

}  // namespace

std::string envelope_marks(bool is_traced, std::string_view traceparent) {
  std::string marks;
  if (is_traced) marks.append(" ").append(trace_mark);
  if (!traceparent.empty()) marks.append(" ").append(traceparent_mark).append(traceparent);
  return marks;
}

bool is_enveloped(std::string_view payload) noexcept { return payload.starts_with(magic); }

std::optional<envelope> parse_envelope(std::string_view payload) {
  auto line_end = payload.substr(0, max_header_bytes).find('\n');
  if (!is_enveloped(payload) || line_end == std::string_view::npos) return std::nullopt;
  auto header = payload.substr(magic.size(), line_end - magic.size());
  envelope what;
  what.body = payload.substr(line_end + 1);
  auto epoch = take_word(header);
  auto offset = take_word(header);
  auto time = number<std::int64_t>(take_word(header));
  auto expires = number<std::int64_t>(take_word(header));
  if (!read_position(epoch, offset, what.position)) return std::nullopt;
  if (!time || *time < 0 || !expires || *expires < 0 || what.body.empty()) return std::nullopt;
  if (!is_valid_id(header)) [[unlikely]] {  // nearly all end with the id
    const auto id = take_word(header);
    if (!is_valid_id(id) || header.empty() || !read_marks(header, what)) return std::nullopt;
    header = id;
  }
  what.time_ms = *time;
  what.expires_ms = *expires;
  what.id = header;
  if (what.position) what.position->tag = tag_of(what.id);
  return what;
}

}  // namespace herald::backplane
