#include "backplane/redis/envelope.hpp"

#include "actors/channel.hpp"

#include <charconv>

namespace herald::backplane {
namespace {

constexpr std::string_view magic = "herald1 ";
constexpr std::size_t epoch_digits = 16;

/// More than the longest header: five words of up to 20 characters and an id.
constexpr std::size_t max_header_bytes = 256;

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

}  // namespace

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
  if (!time || *time < 0 || !expires || *expires < 0 || !is_valid_id(header) || what.body.empty()) return std::nullopt;
  what.time_ms = *time;
  what.expires_ms = *expires;
  what.id = header;
  if (what.position) what.position->tag = tag_of(what.id);
  return what;
}

}  // namespace herald::backplane
