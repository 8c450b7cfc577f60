#include "transport/listener.hpp"

#include "actors/log.hpp"
#include "transport/handshake.hpp"
#include "transport/listening_socket.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace herald::transport {

using boost::asio::ip::tcp;

/// A shard's share of the port.
class listener::acceptor : public std::enable_shared_from_this<acceptor> {
public:
  acceptor(public_port& port, std::size_t shard_index, tcp::acceptor socket)
    : port_(port), shard_index_(shard_index), socket_(std::move(socket)), pause_(socket_.get_executor()) {}

  void start() {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->wait(); });
  }

  void stop() {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->socket_.close(ignored);
      self->pause_.cancel();
    });
  }

private:
  static constexpr int accepts_a_turn = 64;

  void wait() {
    socket_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->accept();
    });
  }

  void accept() {
    for (int i = 0; i < accepts_a_turn; ++i) {
      boost::system::error_code error;
      tcp::socket client{socket_.get_executor()};
      socket_.accept(client, error);
      if (error == boost::asio::error::would_block) break;  // another shard was faster, or there are no more
      if (error == boost::asio::error::connection_aborted) continue;
      if (error == boost::asio::error::no_descriptors && port_.waiting[shard_index_].cut_oldest()) continue;
      if (error) return rest(error.message());
      client.set_option(tcp::no_delay{true}, error);
      start_handshake(port_, shard_index_, std::move(client));
    }
    wait();
  }

  void rest(const std::string& why) {
    if (!socket_.is_open()) return;
    log::limited(log::level::warn, "accept_failed", {{"why", why}});
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->wait();
    });
  }

  public_port& port_;
  std::size_t shard_index_;
  tcp::acceptor socket_;
  boost::asio::steady_timer pause_;
};

listener::listener(public_port& port) : port_(port) {}

listener::~listener() = default;

std::optional<std::string> listener::open(const std::string& address, std::uint16_t port) {
  auto opened = listen_on(port_.shards.front()->context(), address, port, port_.options.socket_send_bytes);
  if (auto* why = std::get_if<std::string>(&opened)) return *why;
  auto& first = std::get<tcp::acceptor>(opened);
  const auto where = first.local_endpoint();
  number_ = where.port();
  for (std::size_t i = 1; i < port_.shards.size(); ++i) {
    const int copy = ::dup(first.native_handle());
    if (copy < 0) return std::strerror(errno);
    tcp::acceptor shared{port_.shards[i]->context(), where.protocol(), copy};
    shared.non_blocking(true);  // asio keeps this for each of its objects, though the descriptors share it
    acceptors_.push_back(std::make_shared<acceptor>(port_, i, std::move(shared)));
  }
  acceptors_.push_back(std::make_shared<acceptor>(port_, 0, std::move(first)));
  return std::nullopt;
}

void listener::start() {
  for (auto& one : acceptors_) one->start();
}

void listener::stop() {
  for (auto& one : acceptors_) one->stop();
}

}  // namespace herald::transport
