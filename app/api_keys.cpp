#include "app/api_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <optional>

namespace herald::app {
namespace {

constexpr std::size_t max_file_bytes = 1 << 20;
constexpr std::size_t max_keys = 1'000;
constexpr std::size_t longest_name = 64;
constexpr std::size_t shortest_key = 32;
constexpr std::size_t longest_key = 512;
constexpr std::string_view blanks = " \t\r";

std::array<std::uint8_t, 32> digest_of(std::string_view key) noexcept {
  std::array<std::uint8_t, 32> result;
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), result.data());
  return result;
}

/// The next word, or nothing at the line's end.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const auto word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

bool is_name(std::string_view word) {
  return !word.empty() && word.size() <= longest_name && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || std::string_view{"_-.:"}.find(c) != std::string_view::npos;
  });
}

/// What a bearer token may be made of (RFC 6750, section 2.1).
bool is_key_text(std::string_view word) {
  return std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
  });
}

std::optional<std::uint8_t> rights_of(std::string_view word) {
  std::uint8_t result = 0;
  while (true) {
    const auto one = word.substr(0, word.find(','));
    if (one == "publish")
      result |= static_cast<std::uint8_t>(right::publish);
    else if (one == "admin")
      result |= static_cast<std::uint8_t>(right::admin);
    else
      return std::nullopt;
    if (one.size() == word.size()) return result;
    word.remove_prefix(one.size() + 1);
  }
}

/// A line's key, or what is wrong with the line.
std::variant<api_key, std::string> read_line(std::string_view line) {
  api_key result;
  const auto name = take_word(line);
  const auto rights = take_word(line);
  const auto key = take_word(line);
  if (key.empty() || !take_word(line).empty()) return "must be NAME RIGHTS KEY";
  if (!is_name(name)) return "the name must be 1 to 64 of A-Z a-z 0-9 _ - . :";
  const auto known = rights_of(rights);
  if (!known) return "the rights must be publish, admin, or publish,admin";
  if (key.size() < shortest_key)
    return "the key has fewer than 32 characters: make one with  openssl rand -hex 32";
  if (key.size() > longest_key) return "the key has more than 512 characters";
  if (!is_key_text(key)) return "the key may have A-Z a-z 0-9 - . _ ~ + / = only";
  result.name = name;
  result.rights = *known;
  result.digest = digest_of(key);
  return result;
}

}  // namespace

std::variant<api_keys, std::string> api_keys::parse(std::string_view text) {
  if (text.size() > max_file_bytes) return "has more than 1 MiB";
  api_keys result;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos || line[first] == '#') continue;
    auto read = read_line(line);
    const auto at = "line " + std::to_string(number) + ": ";
    if (const auto* wrong = std::get_if<std::string>(&read)) return at + *wrong;
    auto& key = std::get<api_key>(read);
    if (std::ranges::find(result.keys_, key.digest, &api_key::digest) != result.keys_.end())
      return at + "this key stands in an earlier line too";
    if (result.keys_.size() == max_keys) return at + "more than 1000 keys";
    result.keys_.push_back(std::move(key));
  }
  if (result.keys_.empty()) return "has no keys: a line is NAME RIGHTS KEY";
  return result;
}

const api_key* api_keys::find(std::string_view key) const noexcept {
  const auto digest = digest_of(key);
  const api_key* found = nullptr;
  for (const auto& one : keys_)  // all of them, so that the time says nothing
    if (CRYPTO_memcmp(one.digest.data(), digest.data(), digest.size()) == 0) found = &one;
  return found;
}

}  // namespace herald::app
