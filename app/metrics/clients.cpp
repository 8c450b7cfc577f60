#include "app/metrics/sources.hpp"

namespace herald::app {
namespace {

void add_limits(metric_list& to, const metric_sources& from) {
  to.gauge("herald_connections_max", "Connections that there may be (max-connections).", from.port.options.max_connections);
  to.gauge("herald_handshakes_unfinished", "Connections on the public port that are not sessions yet.", std::uint64_t{from.port.handshakes});
  to.gauge("herald_handshakes_unfinished_max", "How many there may be (max-unfinished-handshakes).", from.port.options.max_unfinished);
  std::vector<metric_sample> limited;
  for (std::size_t i = 0; i < transport::limit_kinds; ++i) {
    const auto which = static_cast<transport::limit_kind>(i);
    limited.push_back({from.port.limited.get(which), {{"limit", std::string{to_string(which)}}}});
  }
  to.totals("herald_limited_total", "How often clients came up against each limit (docs/security.md).", limited);
}

void add_compression(metric_list& to, const metric_sources& from) {
  to.total("herald_compressed_connections_total", "WebSockets whose clients take compressed messages.", from.sum(&shard_stats::compressed_connections));
  to.total("herald_compressed_messages_total", "Messages that were compressed, each once for all clients.", from.sum(&shard_stats::compressions));
  to.totals("herald_compression_bytes_total", "Bytes of these messages, before and after.",
            {{from.sum(&shard_stats::compressed_from_bytes), {{"side", "before"}}}, {from.sum(&shard_stats::compressed_to_bytes), {{"side", "after"}}}});
}

}  // namespace

void add_clients(metric_list& to, const metric_sources& from) {
  const auto sessions = from.actors(actor_kind::session);
  const auto memberships = from.sum(&shard_stats::group_memberships);
  to.gauge("websocket_connections", "WebSockets that are open.", sessions);
  to.gauge("websocket_subscriptions", "Channels that sessions are in: their user's, broadcast, and groups.", 2 * sessions + memberships);
  to.gauge("herald_group_memberships", "Groups that sessions are in, a session each.", memberships);
  to.total("herald_connections_opened_total", "WebSockets that were opened.", from.sum(&shard_stats::connections_opened));
  to.total("herald_handshakes_refused_total", "Requests on the public port that were refused.", from.sum(&shard_stats::handshakes_refused));
  add_limits(to, from);
  to.total("herald_client_commands_total", "Messages from clients.", from.sum(&shard_stats::client_commands));
  to.total("herald_client_errors_total", "Messages from clients that were answered with an error.", from.sum(&shard_stats::client_errors));
  if (from.port.options.compression) add_compression(to, from);
}

}  // namespace herald::app
