#include "app/operator/capacity_api.hpp"

#include "app/setting_value.hpp"
#include "transport/http/query.hpp"

namespace herald::app {
namespace {

constexpr std::uint64_t most_connections = 1'000'000'000;
constexpr std::uint64_t most_deliveries = 1'000'000'000'000;
constexpr std::uint64_t least_memory = 64u << 20;

failure bad_field(std::string_view field, std::string_view why) {
  return {errc::bad_field, std::string{field}.append(": ").append(why), std::string{field}};
}

std::optional<failure> read_field(std::string_view name, std::string_view text, capacity_inputs& into) {
  if (name == "connections") {
    const auto number = parse_count(text);
    if (!number || *number == 0 || *number > most_connections) return bad_field(name, "must be a whole number from 1 to 1000000000");
    into.connections = *number;
  } else if (name == "deliveries_per_s") {
    const auto number = parse_count(text);
    if (!number || *number > most_deliveries) return bad_field(name, "must be a whole number up to 1000000000000: deliveries of the whole fleet, each to one session");
    into.deliveries_per_s = static_cast<double>(*number);
  } else if (name == "memory_limit") {
    const auto bytes = parse_bytes(text);
    if (!bytes || *bytes < least_memory) return bad_field(name, "must be a pod's memory limit of 64MiB or more, such as 512MiB or 2GiB");
    into.memory_limit_bytes = *bytes;
  } else {
    return bad_field(name, "is not known here: connections, deliveries_per_s and memory_limit are");
  }
  return std::nullopt;
}

}  // namespace

std::variant<capacity_inputs, failure> read_capacity_query(std::string_view query, capacity_inputs node) {
  auto fields = transport::read_query(query);
  if (auto* why = std::get_if<failure>(&fields)) return std::move(*why);
  for (const auto& [name, text] : std::get<transport::query_fields>(fields))
    if (auto why = read_field(name, text, node)) return std::move(*why);
  if (node.connections == 0) return bad_field("connections", "say how many there are to be, as in /admin/capacity?connections=20000");
  return node;
}

transport::http_response capacity_api::show(const transport::http_request& request) const {
  auto asked = read_capacity_query(request.query, node_);
  if (const auto* why = std::get_if<failure>(&asked)) return transport::error_response(*why);
  auto& in = std::get<capacity_inputs>(asked);
  const auto& load = meter_.load();
  in.base_bytes = load.base_bytes();
  in.measured_connections = load.connections();
  in.bytes_a_connection = load.bytes_a_connection();
  in.cpu_us_a_delivery = load.cpu_us_a_delivery();
  in.deliveries_per_s_a_connection = load.deliveries_per_s_a_connection();
  return {200, capacity_json(in)};
}

}  // namespace herald::app
