#include "actors/channel.hpp"

#include <algorithm>
#include <array>

namespace herald {
namespace {

constexpr std::string_view group_prefix = "group:";
constexpr std::string_view broadcast_name = "broadcast";
constexpr std::size_t max_id_bytes = 128;
constexpr std::string_view id_rule = "1-128 characters of A-Z a-z 0-9 _ - . : @ + = ~ / |";

constexpr auto id_characters = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:@+=~/|"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

}  // namespace

bool is_valid_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= max_id_bytes
         && std::ranges::all_of(id, [](char c) { return id_characters[static_cast<unsigned char>(c)]; });
}

bool is_valid_user_id(std::string_view id) noexcept {
  return is_valid_id(id) && id != broadcast_name && !id.starts_with(group_prefix);
}

std::string explain_bad_user_id(std::string_view id) {
  if (id.empty()) return "a user id is required: " + std::string{id_rule};
  if (id == broadcast_name) return "a user may not be called 'broadcast': it is the name of the channel to everybody";
  if (id.starts_with(group_prefix)) return "a user id may not begin with 'group:': those names are groups' channels";
  if (!is_valid_id(id)) return "not a user id: use " + std::string{id_rule};
  return {};
}

std::string explain_bad_group_id(std::string_view id) {
  if (id.empty()) return "a group id is required: " + std::string{id_rule};
  if (!is_valid_id(id)) return "not a group id: use " + std::string{id_rule};
  return {};
}

channel channel::group(std::string_view id) {
  std::string name{group_prefix};
  name += id;
  return {std::move(name), channel_kind::group};
}

std::optional<channel> channel::parse(std::string_view name) {
  if (name.starts_with(group_prefix)) {
    auto id = name.substr(group_prefix.size());
    return is_valid_id(id) ? std::optional{group(id)} : std::nullopt;
  }
  if (name == broadcast_name) return broadcast();
  return is_valid_id(name) ? std::optional{user(name)} : std::nullopt;
}

std::string_view channel::id() const noexcept {
  switch (kind_) {
    case channel_kind::broadcast: return {};
    case channel_kind::group: return std::string_view{name_}.substr(group_prefix.size());
    case channel_kind::user: break;
  }
  return name_;
}

std::string_view channel::client_name() const noexcept {
  return kind_ == channel_kind::user ? std::string_view{"user"} : std::string_view{name_};
}

}  // namespace herald
