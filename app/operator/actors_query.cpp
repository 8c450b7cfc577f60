#include "app/operator/actors_query.hpp"

#include "app/operator/fleet_text.hpp"
#include "transport/http/query.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace herald::app {
namespace {

constexpr std::size_t most_rows = 1'000;
constexpr std::size_t most_rows_of_fleet = 200;  // each node sends so many

failure bad_field(std::string_view field, std::string_view why) {
  return {errc::bad_field, std::string{field}.append(": ").append(why), std::string{field}};
}

std::string all_kinds() {
  std::string names;
  for (std::size_t i = 0; i < actor_kinds; ++i)
    names.append(i == 0 ? "" : ", ").append(to_string(static_cast<actor_kind>(i)));
  return names;
}

std::optional<failure> read_kind(std::string_view text, actor_query& into) {
  for (std::size_t i = 0; i < actor_kinds; ++i)
    if (to_string(static_cast<actor_kind>(i)) == text) return into.kind = static_cast<actor_kind>(i), std::nullopt;
  return bad_field("kind", "must be one of " + all_kinds());
}

std::optional<failure> read_order(std::string_view text, actor_query& into) {
  const auto found = std::ranges::find(actor_order_names, text);
  if (found == actor_order_names.end()) return bad_field("sort", "must be one of mailbox, outbox, busy, age, bytes");
  into.order = static_cast<actor_order>(found - actor_order_names.begin());
  return std::nullopt;
}

std::optional<failure> read_limit(std::string_view text, actor_query& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into.limit);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (!is_number || into.limit == 0 || into.limit > most_rows) return bad_field("limit", "must be a whole number from 1 to 1000");
  return std::nullopt;
}

std::optional<failure> read_nodes(std::string_view text, actors_question& into) {
  if (text != "all") return bad_field("nodes", "must be all; node=NAME asks for one");
  into.all_nodes = true;
  return std::nullopt;
}

std::optional<failure> read_node(std::string_view text, actors_question& into) {
  if (!fleet_text::is_node_name(text)) return bad_field("node", "must be a node's name, as /admin/nodes has it");
  into.node = text;
  return std::nullopt;
}

std::optional<failure> read_field(std::string_view name, std::string_view text, actors_question& into) {
  if (name == "kind") return read_kind(text, into.what);
  if (name == "sort") return read_order(text, into.what);
  if (name == "limit") return read_limit(text, into.what);
  if (name == "nodes") return read_nodes(text, into);
  if (name == "node") return read_node(text, into);
  return bad_field(name, "is not known here: kind, sort, limit, nodes and node are");
}

}  // namespace

std::variant<actors_question, failure> read_actors_question(std::string_view query) {
  auto fields = transport::read_query(query);
  if (auto* why = std::get_if<failure>(&fields)) return std::move(*why);
  actors_question result;
  for (const auto& [name, text] : std::get<transport::query_fields>(fields))
    if (auto why = read_field(name, text, result)) return std::move(*why);
  if (result.all_nodes && !result.node.empty()) return bad_field("node", "can't stand beside nodes=all");
  if (result.is_for_fleet() && result.what.limit > most_rows_of_fleet)
    return bad_field("limit", "must be a whole number from 1 to 200, where other nodes are asked");
  return result;
}

std::string to_query(const actors_question& what) {
  auto result = "sort=" + std::string{actor_order_names[static_cast<std::size_t>(what.what.order)]} + "&limit=" + std::to_string(what.what.limit);
  if (what.what.kind) result.append("&kind=").append(to_string(*what.what.kind));
  return result.append(what.all_nodes ? "&nodes=all" : "&node=").append(what.node);
}

}  // namespace herald::app
