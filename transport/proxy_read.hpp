#pragma once

#include "transport/address/proxy_header.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>

namespace herald::transport {

/// Reads a PROXY header from the connection, and not a byte of what follows it, which may be TLS.
/// Thread: the socket's; closing or cancelling the socket ends it. `done` keeps the socket alive.
/// Errors: `proxy::broken`, also when the connection ends first.
void read_proxy_header(boost::asio::ip::tcp::socket& from, std::function<void(const proxy::result&)> done);

}  // namespace herald::transport
