#pragma once

#include "transport/public_port.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace herald::transport {

/// Reads a client's request on the shard that accepted it, and either refuses it with an HTTP answer that says why, or moves
/// the connection to its user's shard and opens the WebSocket there.
/// Bound: `handshake_timeout` and `handshake_max_bytes` for the request; `max_unfinished` of them at once, of which the oldest is
///        cut for a new one.
void start_handshake(public_port& port, std::size_t shard_index, boost::asio::ip::tcp::socket socket);

}  // namespace herald::transport
