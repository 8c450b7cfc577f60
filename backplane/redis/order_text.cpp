#include "backplane/redis/order_text.hpp"

#include <array>
#include <charconv>

namespace herald::backplane {
namespace {

constexpr std::string_view mark = "herald1-order";
constexpr std::array<std::string_view, 3> words{"kick", "user", "token"};

/// Takes the next word, and the space behind it, off `text`.
std::string_view take_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool ok = error == std::errc{} && end == text.data() + text.size() && number >= 0;
  return ok ? std::optional{number} : std::nullopt;
}

}  // namespace

std::string to_text(const order& what) {
  return std::string{words[static_cast<std::size_t>(what.what)]} + ' ' + std::to_string(what.at_ms) + ' ' + what.id;
}

std::optional<order> parse_order(std::string_view text, std::int64_t until_s) {
  const auto word = take_word(text);
  const auto at = number_in(take_word(text));
  for (std::size_t i = 0; i < words.size(); ++i)
    if (word == words[i] && at && !text.empty()) return order{static_cast<order::kind>(i), std::string{text}, *at, until_s};
  return std::nullopt;
}

std::string to_text(const said_order& what) {
  return std::string{mark} + ' ' + what.by + ' ' + std::to_string(what.what.until_s) + ' ' + to_text(what.what);
}

std::optional<said_order> parse_said_order(std::string_view text) {
  if (take_word(text) != mark) return std::nullopt;
  const std::string by{take_word(text)};
  const auto until = number_in(take_word(text));
  auto what = until ? parse_order(text, *until) : std::nullopt;
  if (!what || by.empty()) return std::nullopt;
  return said_order{by, std::move(*what)};
}

}  // namespace herald::backplane
