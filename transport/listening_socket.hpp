#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace herald::transport {

/// Opens a TCP port. Backlog 4,096 (the system's own limit may be lower).
/// What is accepted from it has a send buffer of `send_bytes` (SO_SNDBUF, which Linux doubles); 0: the system's choice.
/// Errors: one sentence, such as `address already in use`.
std::variant<boost::asio::ip::tcp::acceptor, std::string> listen_on(boost::asio::io_context& context,
                                                                    const std::string& address, std::uint16_t port,
                                                                    std::size_t send_bytes = 0);

}  // namespace herald::transport
