#include "transport/listening_socket.hpp"

namespace herald::transport {

using boost::asio::ip::tcp;

std::variant<tcp::acceptor, std::string> listen_on(boost::asio::io_context& context, const std::string& address,
                                                   std::uint16_t port, std::size_t send_bytes) {
  constexpr int backlog = 4096;
  boost::system::error_code error;
  const tcp::endpoint where{boost::asio::ip::make_address(address, error), port};
  if (error) return "not an IP address";
  tcp::acceptor result{context};
  result.open(where.protocol(), error);
  if (!error) result.set_option(tcp::acceptor::reuse_address{true}, error);
  // Said once here, and not for each connection: those inherit it (man 7 tcp).
  if (!error && send_bytes > 0) result.set_option(boost::asio::socket_base::send_buffer_size{static_cast<int>(send_bytes)}, error);
  if (!error) result.bind(where, error);
  if (!error) result.listen(backlog, error);
  if (!error) result.non_blocking(true, error);
  if (error) return error.message();
  return result;
}

}  // namespace herald::transport
