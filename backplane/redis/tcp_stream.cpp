#include "backplane/redis/dialer.hpp"

#include <boost/asio/write.hpp>

#include <utility>

namespace herald::backplane {
namespace {

namespace asio = boost::asio;

class tcp_stream final : public stream {
public:
  explicit tcp_stream(asio::io_context& context) : dialer_(context), socket_(context) {}

  void connect(const redis_options::address& to, connect_handler done) override {
    dialer_.dial(socket_, to, std::move(done));
  }

  void read_some(asio::mutable_buffer into, transfer_handler done) override {
    socket_.async_read_some(into, std::move(done));
  }

  void write(asio::const_buffer from, transfer_handler done) override {
    asio::async_write(socket_, from, std::move(done));
  }

  void close() noexcept override {
    error_code ignored;
    dialer_.cancel();
    socket_.close(ignored);
  }

private:
  dialer dialer_;
  asio::ip::tcp::socket socket_;
};

}  // namespace

std::unique_ptr<stream> make_tcp_stream(asio::io_context& context) { return std::make_unique<tcp_stream>(context); }

}  // namespace herald::backplane
