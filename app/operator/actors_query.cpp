#include "app/operator/actors_query.hpp"

#include "transport/http/query.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace herald::app {
namespace {

constexpr std::size_t most_rows = 1'000;

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

std::optional<failure> read_field(std::string_view name, std::string_view text, actor_query& into) {
  if (name == "kind") return read_kind(text, into);
  if (name == "sort") return read_order(text, into);
  if (name == "limit") return read_limit(text, into);
  return bad_field(name, "is not known here: kind, sort and limit are");
}

}  // namespace

std::variant<actor_query, failure> read_actor_query(std::string_view query) {
  auto fields = transport::read_query(query);
  if (auto* why = std::get_if<failure>(&fields)) return std::move(*why);
  actor_query result;
  for (const auto& [name, text] : std::get<transport::query_fields>(fields))
    if (auto why = read_field(name, text, result)) return std::move(*why);
  return result;
}

}  // namespace herald::app
