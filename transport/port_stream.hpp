#pragma once

#include "transport/tls/async_read.hpp"
#include "transport/tls/port.hpp"
#include "transport/tls/session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>

namespace herald::transport {

/// A connection that a port has accepted, plain or over TLS, as Beast reads and writes it.
/// Thread: its socket's.
/// Bound:  over TLS a write encrypts up to 64 KiB at a time, when what was encrypted before is gone.
class port_stream {
public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;
  using error_code = boost::system::error_code;

  explicit port_stream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  enum class secured : std::uint8_t {
    yes,
    not_tls,  ///< The other side began with something else: it hears an answer if that is plain.
    failed,   ///< Logged; or cancelled.
  };

  /// Goes through TLS's handshake. `done` keeps this alive; closing or cancelling the socket ends it.
  void secure(const tls_port& with, std::function<void(secured)> done);

  executor_type get_executor() noexcept { return socket_.get_executor(); }
  boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }

  /// Null: it is plain.
  tls_session* tls() noexcept { return tls_.get(); }

  /// For who takes the connection over: the socket by `socket()`, and this.
  std::unique_ptr<tls_session> take_tls() noexcept { return std::move(tls_); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
      [this](auto&& handler, const Buffers& into) {
        if (!tls_) return socket_.async_read_some(into, std::forward<decltype(handler)>(handler));
        async_read_tls(socket_, *tls_, into, [this] { tls_->send(); }, std::forward<decltype(handler)>(handler));
      },
      token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
      [this](auto&& handler, const Buffers& from) {
        if (!tls_) return socket_.async_write_some(from, std::forward<decltype(handler)>(handler));
        boost::asio::async_compose<std::decay_t<decltype(handler)>, void(error_code, std::size_t)>(
          tls_write{*this, encrypt(from)}, handler, socket_);
      },
      token, buffers);
  }

  /// Says that nothing more comes: in TLS's words, as far as the socket takes them, then in TCP's.
  void say_end();

  /// Whether the output that there is has left, or waits for the socket, or never will.
  enum class sending : std::uint8_t { done, blocked, broken };
  sending send_output();

private:
  /// Sends what `encrypt` made, and then is done.
  struct tls_write {
    port_stream& stream;
    std::size_t count;
    bool has_waited = false;
    bool is_over = false;
    error_code result = {};

    template <class Self>
    void operator()(Self& self, error_code error = {}, std::size_t = 0) {
      if (is_over) return self.complete(result, result ? 0 : count);
      if (error) return self.complete(error, 0);
      const auto how = count == failed_write ? sending::broken : stream.send_output();
      if (how == sending::blocked) {
        has_waited = true;
        return stream.socket_.async_wait(boost::asio::socket_base::wait_write, std::move(self));
      }
      if (how == sending::broken) result = boost::asio::error::connection_reset;
      if (has_waited) return self.complete(result, result ? 0 : count);
      is_over = true;
      boost::asio::post(stream.get_executor(), std::move(self));
    }
  };

  static constexpr std::size_t failed_write = ~std::size_t{0};
  static constexpr std::size_t most_at_once = 64 * 1024;

  /// How much of them is encrypted now.
  template <class Buffers>
  std::size_t encrypt(const Buffers& buffers) {
    std::size_t count = 0;
    for (auto one = boost::asio::buffer_sequence_begin(buffers); one != boost::asio::buffer_sequence_end(buffers); ++one) {
      const boost::asio::const_buffer from{*one};
      const auto part = std::min(from.size(), most_at_once - count);
      if (tls_->write(static_cast<const char*>(from.data()), part) != tls_session::result::done) return failed_write;
      count += part;
      if (part < from.size()) break;
    }
    return count;
  }

  void await_first_byte(std::function<void(secured)> done, std::shared_ptr<const tls_identity> identity);
  void shake_hands(std::function<void(secured)> done);

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<tls_session> tls_;
};

}  // namespace herald::transport
