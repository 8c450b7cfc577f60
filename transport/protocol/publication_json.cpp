#include "transport/protocol/publication_json.hpp"

#include "actors/message_id.hpp"

#include <algorithm>
#include <array>

namespace herald::transport {
namespace {

using json::kind;

failure bad_field(std::string field, std::string message) {
  return {errc::bad_field, field + ": " + message, std::move(field)};
}

/// A member that must not be there, or is there twice.
std::optional<failure> check_names(const json::children& object, std::initializer_list<std::string_view> also) {
  constexpr std::array<std::string_view, 7> known{"to", "data", "id", "durable", "ttl_s", "trace", "traceparent"};
  for (auto member = object.members.begin(); member != object.members.end(); ++member) {
    if (std::ranges::find(known, member->key) == known.end() && std::ranges::find(also, member->key) == also.end())
      return bad_field(member->key, "unknown; a publish has to, data, id, durable, ttl_s, trace and traceparent");
    auto same_key = [&](const auto& x) { return x.key == member->key; };
    if (std::any_of(std::next(member), object.members.end(), same_key))
      return bad_field(member->key, "given twice");
  }
  return std::nullopt;
}

std::optional<failure> read_user(const json::value& value, const std::string& field, publish_request& into) {
  if (value.what != kind::string) return bad_field(field, "must be a string");
  auto id = json::text_of(value);
  if (auto why = explain_bad_user_id(id); !why.empty()) return bad_field(field, why);
  into.publications.emplace_back().to = channel::user(id);
  return std::nullopt;
}

std::optional<failure> read_users(const json::value& value, publish_request& into) {
  if (value.what != kind::array) return bad_field("to.users", "must be an array of user ids");
  auto list = std::get<json::children>(json::read(value.raw));
  if (list.members.empty() || list.members.size() > max_users_per_publish)
    return bad_field("to.users", "must have 1-" + std::to_string(max_users_per_publish) + " users");
  for (std::size_t i = 0; i < list.members.size(); ++i) {
    if (auto error = read_user(list.members[i].what, "to.users[" + std::to_string(i) + "]", into)) return error;
    into.users.emplace_back(into.publications.back().to.id());
  }
  auto names = into.users;
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) return bad_field("to.users", "has a user twice");
  return std::nullopt;
}

std::optional<failure> read_to(const json::children& object, publish_request& into) {
  const auto* to = object.find("to");
  if (to == nullptr || to->what != kind::object)
    return bad_field("to", "required: one of {\"user\":id}, {\"users\":[id,…]}, {\"group\":id}, {\"broadcast\":true}");
  auto target = std::get<json::children>(json::read(to->raw));
  if (target.members.size() != 1) return bad_field("to", "must have exactly one of user, users, group and broadcast");
  const auto& [key, value] = target.members.front();
  if (key == "user") return read_user(value, "to.user", into);
  if (key == "users") return read_users(value, into);
  if (key == "group") {
    if (value.what != kind::string) return bad_field("to.group", "must be a string");
    auto id = json::text_of(value);
    if (auto why = explain_bad_group_id(id); !why.empty()) return bad_field("to.group", why);
    into.publications.emplace_back().to = channel::group(id);
    return std::nullopt;
  }
  if (key == "broadcast") {
    if (value.raw != "true") return bad_field("to.broadcast", "must be true");
    into.publications.emplace_back().to = channel::broadcast();
    return std::nullopt;
  }
  return bad_field("to." + key, "unknown; use user, users, group or broadcast");
}

/// For those who look after the notification.
std::optional<failure> read_trace(const json::children& object, publication& into) {
  if (const auto* trace = object.find("trace")) {
    if (trace->what != kind::boolean) return bad_field("trace", "must be true or false");
    into.trace = trace->raw == "true";
  }
  if (const auto* parent = object.find("traceparent")) {
    auto read = parent->what == kind::string ? read_traceparent(json::text_of(*parent)) : std::nullopt;
    if (!read) return bad_field("traceparent", "must be as W3C Trace Context has it: 00-<32 hex digits>-<16 hex digits>-<2 hex digits>");
    into.traceparent = std::move(*read);
  }
  return std::nullopt;
}

/// Reads what all publications of the request share.
std::optional<failure> read_rest(const json::children& object, std::size_t max_data_bytes, publication& into) {
  const auto* data = object.find("data");
  if (data == nullptr) return bad_field("data", "required: any JSON value");
  if (data->raw.size() > max_data_bytes)
    return failure{errc::too_large, "data: may have up to " + std::to_string(max_data_bytes) + " bytes (publish-max-bytes)",
                   "data"};
  into.data = data->raw;
  if (const auto* id = object.find("id")) {
    into.id = id->what == kind::string ? json::text_of(*id) : std::string{};
    if (!is_valid_id(into.id))
      return bad_field("id", "must be a string of 1-128 characters of A-Z a-z 0-9 _ - . : @ + = ~ / |");
  } else {
    into.id = make_message_id();
  }
  if (const auto* durable = object.find("durable")) {
    if (durable->what != kind::boolean) return bad_field("durable", "must be true or false");
    into.durable = durable->raw == "true";
  }
  if (const auto* ttl = object.find("ttl_s")) {
    into.ttl_s = ttl->what == kind::number ? json::integer_of(*ttl) : std::nullopt;
    if (!into.ttl_s || *into.ttl_s < 1 || *into.ttl_s > max_ttl_s)
      return bad_field("ttl_s", "must be a whole number of seconds, 1-" + std::to_string(max_ttl_s));
  }
  return read_trace(object, into);
}

}  // namespace

std::variant<publish_request, failure> read_publish(const json::children& object, std::size_t max_data_bytes,
                                                    std::initializer_list<std::string_view> also) {
  if (object.parent != kind::object) return failure{errc::bad_json, "a publish must be a JSON object", {}};
  publish_request result;
  publication shared;
  if (auto error = check_names(object, also)) return *error;
  if (auto error = read_to(object, result)) return *error;
  if (auto error = read_rest(object, max_data_bytes, shared)) return *error;
  for (auto& one : result.publications) {
    shared.to = std::move(one.to);
    one = shared;
  }
  return result;
}

}  // namespace herald::transport
