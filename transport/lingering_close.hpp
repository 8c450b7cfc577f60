#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <utility>

namespace herald::transport {

/// What is left of a connection whose last word has been written: its sending side is closed, and what the other side still
/// sends is read and forgotten, until it has closed, too. Closing with unread bytes would reset the connection, and a reset
/// destroys the close frame or the answer on its way: a client that sent too large a message would never hear 1009, and one that sent
/// too large a request no 413 (RFC 9112, section 9.6).
/// Thread: its socket's.   Bound: `most_bytes` and `most_time`; then it is closed all the same.
class lingering_close {
public:
  static constexpr std::size_t most_bytes = 16 * 1024 * 1024;
  static constexpr std::chrono::seconds most_time{2};

  explicit lingering_close(boost::asio::ip::tcp::socket& socket) : state_(std::make_shared<state>(socket)) {}

  template <class Self>
  void operator()(Self& self, boost::system::error_code error = {}, std::size_t count = 0) {
    boost::system::error_code ignored;
    if (!std::exchange(state_->begun, true)) begin();
    state_->taken += count;
    if (error || state_->taken > most_bytes) {
      state_->timer.cancel();
      state_->socket.close(ignored);
      return self.complete({});
    }
    auto& socket = state_->socket;
    const auto into = boost::asio::buffer(state_->into);
    socket.async_read_some(into, std::move(self));
  }

private:
  struct state {
    explicit state(boost::asio::ip::tcp::socket& what) : socket(what), timer(what.get_executor()) {}

    boost::asio::ip::tcp::socket& socket;
    boost::asio::steady_timer timer;
    std::array<char, 4096> into;
    std::size_t taken = 0;
    bool begun = false;
  };

  void begin() {
    boost::system::error_code ignored;
    state_->socket.shutdown(boost::asio::socket_base::shutdown_send, ignored);
    state_->timer.expires_after(most_time);
    state_->timer.async_wait([weak = std::weak_ptr{state_}](const boost::system::error_code& error) {
      boost::system::error_code none;
      if (auto it = error ? nullptr : weak.lock()) it->socket.cancel(none);
    });
  }

  std::shared_ptr<state> state_;
};

/// Ends a connection that way. The handler gets no error: what the connection ended with was known before.
template <class Token>
auto async_lingering_close(boost::asio::ip::tcp::socket& socket, Token&& token) {
  return boost::asio::async_compose<Token, void(boost::system::error_code)>(lingering_close{socket}, token, socket);
}

}  // namespace herald::transport
