#include "backplane/redis/dialer.hpp"

#include <boost/asio/connect.hpp>

#include <utility>

namespace herald::backplane {

namespace asio = boost::asio;

void dialer::dial(tcp::socket& socket, const redis_options::address& to, stream::connect_handler done) {
  // A number needs no look-up: asio would start a thread for it.
  auto flags = is_number(to.host) ? tcp::resolver::numeric_host : tcp::resolver::flags{};
  auto on_connected = [&socket, done](stream::error_code error, const tcp::endpoint&) {
    stream::error_code ignored;
    if (!error) socket.set_option(tcp::no_delay{true}, ignored);
    if (!error) socket.set_option(asio::socket_base::keep_alive{true}, ignored);
    done(error);
  };
  resolver_.async_resolve(to.host, to.port, flags,
                          [this, &socket, done, on_connected](stream::error_code error,
                                                              const tcp::resolver::results_type& found) {
                            if (error || cancelled_) return done(error ? error : asio::error::operation_aborted);
                            asio::async_connect(socket, found, on_connected);
                          });
}

void dialer::cancel() noexcept {
  cancelled_ = true;
  resolver_.cancel();  // a look-up that the C library has begun goes on in asio's own thread, unheard
}

bool is_number(const std::string& host) {
  stream::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

}  // namespace herald::backplane
