#include "app/operator/nodes_api.hpp"

#include "transport/protocol/json_writer.hpp"

#include <caf/send.hpp>

namespace herald::app {
namespace {

using transport::json::writer;

void write_backplane(writer& out, const node_facts& of) {
  out.key("backplane").begin_object();
  out.member("publishing", of.publishing).member("subscribed", of.subscribed);
  out.member("away_ms", of.backplane_away_ms).member("behind_ms", of.behind_ms);
  out.member("canary_us", of.canary_us).member("healing", of.healing);
  out.end_object();
}

std::optional<double> ms_of(std::optional<std::uint64_t> us) {
  return us ? std::optional{static_cast<double>(*us) / 1000} : std::nullopt;
}

void write_node(writer& out, const presence::node& what, bool is_this) {
  const auto& of = what.facts;
  out.begin_object();
  out.member("name", of.id.name).member("instance", of.id.instance).member("this", is_this);
  out.member("state", to_string(what.now)).member("heard_ms_ago", static_cast<std::int64_t>(what.age.count()));
  out.member("version", of.version).key("started_at").time(of.started_ms);
  out.member("ready", of.not_ready.empty());
  if (!of.not_ready.empty()) out.member("not_ready_because", of.not_ready);
  out.member("draining", of.draining).member("shards", of.shards);
  out.member("connections", of.connections).member("max_connections", of.max_connections).member("actors", of.actors);
  out.member("deliveries_per_s", of.deliveries_per_s).member("cpus_used", static_cast<double>(of.cpu_thousandths) / 1000);
  out.key("latency_ms").begin_object();
  out.member("p50", ms_of(of.latency_p50_us)).member("p99", ms_of(of.latency_p99_us)).end_object();
  out.member("memory_bytes", of.memory_bytes).member("memory_limit_bytes", of.memory_limit_bytes);
  write_backplane(out, of);
  out.end_object();
}

}  // namespace

std::string to_json(const fleet_view& what) {
  std::uint64_t live = 0, connections = 0, deliveries = 0;
  for (const auto& one : what.nodes) {
    if (one.now != presence::state::live) continue;
    ++live;
    connections += one.facts.connections;
    deliveries += one.facts.deliveries_per_s;
  }
  writer out;
  out.begin_object().member("hears_the_others", what.is_hearing);
  out.key("totals").begin_object();
  out.member("live", live).member("connections", connections).member("deliveries_per_s", deliveries).end_object();
  out.key("nodes").begin_array();
  for (const auto& one : what.nodes) write_node(out, one, &one == &what.nodes.front());
  return out.end_array().end_object().take();
}

void nodes_api::show(const transport::http_request&, transport::http_reply reply) const {
  caf::anon_send(fleet_, show_fleet{[reply = std::move(reply)](const fleet_view& what) { reply({200, to_json(what)}); }});
}

}  // namespace herald::app
