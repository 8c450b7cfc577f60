#include "transport/client_query.hpp"

#include "actors/message_id.hpp"
#include "transport/protocol/json_members.hpp"

#include <boost/url/params_encoded_view.hpp>
#include <boost/url/parse_query.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace herald::transport {
namespace {

using optional_failure = std::optional<failure>;

failure bad_field(std::string_view field, std::string_view message) {
  return {errc::bad_field, std::string{field}.append(": ").append(message), std::string{field}};
}

optional_failure read_user(const std::string& value, std::size_t, hello& into) {
  if (auto why = explain_bad_user_id(value); !why.empty()) return bad_field("user", why);
  into.user = value;
  return std::nullopt;
}

optional_failure read_groups(const std::string& text, std::size_t most, hello& into) {
  std::string_view value{text};
  while (!value.empty()) {
    const auto end = std::min(value.find(','), value.size());
    const auto id = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    if (auto why = explain_bad_group_id(id); !why.empty()) return bad_field("groups", why);
    auto group = channel::group(id);
    if (std::ranges::find(into.groups, group) != into.groups.end()) continue;
    if (into.groups.size() == most)
      return failure{errc::too_many_groups,
                     "groups: a session may be in " + std::to_string(most) + " (max-groups-per-session)", "groups"};
    into.groups.push_back(std::move(group));
  }
  return std::nullopt;
}

optional_failure read_resume(const std::string& value, std::size_t, hello& into) {
  constexpr std::string_view form = R"(must be {"channel":"cursor",…} as URL-encoded JSON)";
  auto parsed = json::read(value);
  const auto* in = std::get_if<json::children>(&parsed);
  if (in == nullptr || in->parent != json::kind::object) return bad_field("resume", form);
  for (const auto& [name, what] : in->members) {
    auto position = what.what == json::kind::string ? parse_cursor(json::text_of(what)) : std::nullopt;
    if (!position) return bad_field("resume", "channel " + name + ": not a cursor");
    into.resume.emplace_back(name, *position);
  }
  return std::nullopt;
}

optional_failure read_device(const std::string& value, std::size_t, hello& into) {
  if (!is_valid_id(value)) return bad_field("device", "must be 1-128 characters of A-Z a-z 0-9 _ - . : @ + = ~ / |");
  into.device = value;
  return std::nullopt;
}

/// A cursor for a channel that the session is not in would be lost without a word.
optional_failure check_resume(const hello& in) {
  for (const auto& [name, after] : in.resume) {
    const bool is_in = name == "user" || name == "broadcast" || std::ranges::find(in.groups, name, &channel::client_name) != in.groups.end();
    if (!is_in) return bad_field("resume", "channel " + name + ": use user, broadcast, or group:g with g in groups");
  }
  return std::nullopt;
}

struct parameter {
  std::string_view name;
  optional_failure (*read)(const std::string& value, std::size_t max_groups, hello& into);
};

constexpr std::array parameters{parameter{"user", read_user}, parameter{"groups", read_groups},
                                parameter{"resume", read_resume}, parameter{"device", read_device}};

}  // namespace

std::variant<std::shared_ptr<hello>, failure> read_client_query(std::string_view query, std::size_t max_groups,
                                                               bool needs_user) {
  // Boost.URL 1.81 hands on a view's data without its size, so that the text must end where the query does.
  const std::string text{query};
  auto parsed = boost::urls::parse_query({text.data(), text.size()});
  if (!parsed) return failure{errc::bad_field, "the query is not URL-encoded", {}};
  auto result = std::make_shared<hello>();
  std::array<bool, parameters.size()> seen{};
  for (const auto& given : *parsed) {
    const auto known = std::ranges::find(parameters, given.key.decode(), &parameter::name);
    if (known == parameters.end()) continue;
    if (std::exchange(seen[static_cast<std::size_t>(known - parameters.begin())], true))
      return bad_field(known->name, "given twice");
    // A `+` may be part of an id and stands for itself: a space is %20.
    if (auto error = known->read(given.value.decode(), max_groups, *result)) return *error;
  }
  if (!seen[0] && needs_user) return bad_field("user", "required: who the client is, as in /ws?user=alice");
  if (auto error = check_resume(*result)) return *error;
  result->session_id = make_message_id();
  return result;
}

}  // namespace herald::transport
