#include "backplane/redis/stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace herald::backplane {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class tcp_stream final : public stream {
public:
  explicit tcp_stream(asio::io_context& context) : resolver_(context), socket_(context) {}

  void connect(const redis_options::address& to, connect_handler done) override {
    // The handler keeps the owner alive, and with it this stream.
    resolver_.async_resolve(to.host, to.port, flags_for(to.host),
                            [this, done = std::move(done)](error_code error, const tcp::resolver::results_type& found) {
                              if (error || closed_) return done(error ? error : asio::error::operation_aborted);
                              connect_to(found, done);
                            });
  }

  void read_some(asio::mutable_buffer into, transfer_handler done) override {
    socket_.async_read_some(into, std::move(done));
  }

  void write(asio::const_buffer from, transfer_handler done) override {
    asio::async_write(socket_, from, std::move(done));
  }

  void close() noexcept override {
    error_code ignored;
    closed_ = true;
    resolver_.cancel();  // a look-up that the C library has begun goes on in asio's own thread, unheard
    socket_.close(ignored);
  }

private:
  /// A number needs no look-up: asio would start a thread for it.
  static tcp::resolver::flags flags_for(const std::string& host) {
    error_code error;
    asio::ip::make_address(host, error);
    return error ? tcp::resolver::flags{} : tcp::resolver::numeric_host;
  }

  void connect_to(const tcp::resolver::results_type& found, connect_handler done) {
    asio::async_connect(socket_, found, [this, done = std::move(done)](error_code error, const tcp::endpoint&) {
      error_code ignored;
      if (!error) socket_.set_option(tcp::no_delay{true}, ignored);
      if (!error) socket_.set_option(asio::socket_base::keep_alive{true}, ignored);
      done(error);
    });
  }

  tcp::resolver resolver_;
  tcp::socket socket_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<stream> make_tcp_stream(asio::io_context& context) { return std::make_unique<tcp_stream>(context); }

}  // namespace herald::backplane
