#include "transport/http/server.hpp"

#include "actors/log.hpp"
#include "transport/http/connection.hpp"
#include "transport/listening_socket.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace herald::transport {

using boost::asio::ip::tcp;

class http_server::acceptor : public std::enable_shared_from_this<acceptor> {
public:
  acceptor(shard& home, http_limits limits, limit_counts& limited, http_gate gate, http_handler handler, const tls_port* tls)
    : socket_(home.context()), pause_(home.context()),
      service_(std::make_shared<http_service>(http_service{limits, std::move(gate), std::move(handler), tls, home.stats(), limited})) {}

  std::optional<std::string> open(shard& home, const std::string& address, std::uint16_t port) {
    auto opened = listen_on(home.context(), address, port);
    if (auto* why = std::get_if<std::string>(&opened)) return *why;
    socket_ = std::move(std::get<tcp::acceptor>(opened));
    number_ = socket_.local_endpoint().port();
    return std::nullopt;
  }

  std::uint16_t port() const noexcept { return number_; }

  void start() {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->wait(); });
  }

  void stop() {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->service_->stopping = true;
      self->socket_.close(ignored);
      self->pause_.cancel();
    });
  }

private:
  /// Between them the connections that are there get their turn: what has come from one is read before many others are accepted.
  static constexpr int accepts_a_turn = 16;

  void wait() {
    socket_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->accept();
    });
  }

  void accept() {
    for (int i = 0; i < accepts_a_turn; ++i) {
      if (service_->is_full() && !service_->has_any_waiting())
        return rest("as many requests are being handled as there may be connections");
      boost::system::error_code error;
      tcp::socket client{socket_.get_executor()};
      socket_.accept(client, error);
      if (error == boost::asio::error::would_block) break;
      if (error == boost::asio::error::connection_aborted) continue;
      if (error == boost::asio::error::no_descriptors && service_->make_room()) continue;
      if (error) return rest(error.message());
      if (service_->is_full()) service_->make_room();
      client.set_option(tcp::no_delay{true}, error);
      serve_http(service_, std::move(client));
    }
    wait();
  }

  /// Waits a little; whoever comes meanwhile waits in the backlog.
  void rest(const std::string& why) {
    if (!socket_.is_open()) return;
    log::limited(log::level::warn, "admin_accept_failed", {{"why", why}});
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->wait();
    });
  }

  tcp::acceptor socket_;
  boost::asio::steady_timer pause_;
  std::shared_ptr<http_service> service_;
  std::uint16_t number_ = 0;
};

http_server::http_server(shard& home, http_limits limits, limit_counts& limited, http_gate gate, http_handler handler,
                         const tls_port* tls)
  : home_(home), acceptor_(std::make_shared<acceptor>(home, limits, limited, std::move(gate), std::move(handler), tls)) {}

http_server::~http_server() = default;

std::optional<std::string> http_server::open(const std::string& address, std::uint16_t port) {
  return acceptor_->open(home_, address, port);
}

std::uint16_t http_server::port() const noexcept {
  return acceptor_->port();
}

void http_server::start() {
  acceptor_->start();
}

void http_server::stop() {
  acceptor_->stop();
}

}  // namespace herald::transport
