#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace herald::transport {

/// Opens a TCP port. Backlog 4,096 (the system's own limit may be lower).
/// Errors: one sentence, such as `address already in use`.
std::variant<boost::asio::ip::tcp::acceptor, std::string> listen_on(boost::asio::io_context& context,
                                                                    const std::string& address, std::uint16_t port);

}  // namespace herald::transport
