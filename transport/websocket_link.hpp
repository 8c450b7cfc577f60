#pragma once

#include "actors/messages.hpp"
#include "transport/protocol/codec.hpp"
#include "transport/public_port.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <memory>
#include <string>

namespace herald::transport {

/// A client that may come in: what the handshake read of it. Moves to its user's shard as a whole.
struct newcomer {
  connection_slot slot;
  upgrade_request request;
  std::string early;               ///< Read beyond the request.
  const codec* protocol = nullptr;
  bool names_protocol = false;     ///< The client offered it, so the answer names it.
  std::shared_ptr<hello> who;      ///< `out` is filled in by the link.
  std::unique_ptr<tls_session> tls;  ///< Null: the connection is plain.
};

/// Answers the upgrade and brings the connection to its user's directory. On the user's shard, where `socket` lives too.
void open_websocket(public_port& port, std::size_t shard_index, boost::asio::ip::tcp::socket socket, newcomer who);

}  // namespace herald::transport
