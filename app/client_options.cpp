#include "app/client_options.hpp"

#include "app/client_limits.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace herald::app {
namespace {

std::size_t hard_open_files() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 1024;
}

transport::upgrade_rules upgrade_rules_of(const settings& from) {
  using transport::allowed_origins;
  transport::upgrade_rules result;
  result.max_headers = from.handshake_max_headers;
  // Without authentication any page could connect as any user, through the browser of somebody who reaches the node.
  const auto unsaid = from.auth == auth_kind::none ? allowed_origins::otherwise::same_host : allowed_origins::otherwise::any;
  allowed_origins::parse(from.allowed_origins, unsaid, result.origins);
  return result;
}

transport::inbound_limits inbound_limits_of(const settings& from) {
  // A single message must fit, or it would be abuse.
  const auto bytes = from.client_byte_burst == 0 ? from.client_byte_rate : from.client_byte_burst;
  return {{from.client_message_rate, from.client_message_burst},
          {from.client_byte_rate, std::max(bytes, from.message_max_bytes)},
          from.client_rate_patience};
}

}  // namespace

transport::public_port_options port_options_of(const settings& from) {
  transport::public_port_options result;
  result.handshake_timeout = from.handshake_timeout;
  result.handshake_max_bytes = from.handshake_max_bytes;
  result.message_max_bytes = from.message_max_bytes;
  result.ping_interval = from.ping_interval;
  result.outbox = {from.outbox_max_bytes, from.outbox_max_messages};
  result.max_connections = resolved_max_connections(from, hard_open_files());
  result.max_groups_per_session = from.max_groups_per_session;
  result.compression = from.compression;
  result.clients_may_publish = from.client_publish == client_publish::all;
  result.upgrade = upgrade_rules_of(from);
  result.admission = {{from.connect_rate, from.connect_burst},
                      {from.connect_rate_fresh, 0},
                      from.connect_fresh_time,
                      {from.connect_rate_per_address, from.connect_burst_per_address},
                      from.max_connections_per_address,
                      from.max_connections_per_user};
  result.inbound = inbound_limits_of(from);
  result.max_unfinished = from.max_unfinished_handshakes;
  result.trusted_proxies = networks_of(from.trusted_proxies);
  result.expects_proxy_header = from.proxy_protocol == proxy_protocol::on;
  result.socket_send_bytes = from.socket_send_buffer;
  return result;
}

actor_rules actor_rules_of(const settings& from, std::size_t shards) {
  actor_rules result;
  result.node = from.node_name;
  result.ping_interval = from.ping_interval;
  result.user_linger = from.user_linger;
  result.stall_timeout = from.slow_client_timeout;
  result.max_groups_per_session = from.max_groups_per_session;
  result.expiry_warning = from.auth_expiry_warning;
  // What all directories keep back together must stay well below the limit, or ingress would never open again.
  result.forwarded_chunk_bytes = std::min(result.forwarded_chunk_bytes, from.ingress_max_bytes / (4 * shards));
  return result;
}

}  // namespace herald::app
