#include "app/operator/answers.hpp"

#include "transport/http/revoke_json.hpp"
#include "transport/protocol/json_members.hpp"

#include <algorithm>

namespace herald::app {

namespace json = transport::json;

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(one.find('='), one.size());
    if (one.substr(0, equals) == name) return transport::decoded_path(one.substr(std::min(equals + 1, one.size())));
  }
  return std::nullopt;
}

void write_unanswered(json::writer& out, const std::vector<node_id>& who) {
  out.key("unanswered").begin_array();
  for (const auto& one : who) out.begin_object().member("name", one.name).member("instance", one.instance).end_object();
  out.end_array();
}

std::string member_text(std::string_view text, std::string_view name) {
  const auto read = json::read(text);
  const auto* members = std::get_if<json::children>(&read);
  if (members == nullptr || members->parent != json::kind::object) return {};
  const auto* found = members->find(name);
  return found == nullptr ? std::string{} : std::string{found->raw};
}

std::vector<std::string> element_texts(std::string_view array) {
  std::vector<std::string> result;
  const auto read = json::read(array);
  const auto* members = std::get_if<json::children>(&read);
  if (members == nullptr || members->parent != json::kind::array) return result;
  for (const auto& one : members->members) result.emplace_back(one.what.raw);
  return result;
}

}  // namespace herald::app
