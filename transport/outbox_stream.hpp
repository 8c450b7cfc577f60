#pragma once

#include "transport/lingering_close.hpp"
#include "transport/ping_watch.hpp"
#include "transport/outbox.hpp"
#include "transport/tls/async_read.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <string>
#include <utility>

namespace herald::transport {

/// Whom a stream belongs to that Beast gives up.
class last_words {
public:
  /// The connection is to be cut: nothing came for too long. What is pushed now is written as far as the socket takes it at once.
  virtual void on_given_up() = 0;

protected:
  ~last_words() = default;
};

/// The layer below Beast's WebSocket stream: what Beast writes (the handshake's answer, pings, pongs, closes) joins the
/// same outbox as the data frames that were encoded once for all sessions, so that frames never interleave.
///
/// A write is done as soon as it is queued: Beast writes only a few small frames, and `outbox` bounds the rest. Only a client that
/// sends pings and does not read makes them pile up: then a write fails with `no_buffer_space`, which ends the connection.
/// For Beast it is the lowest layer: it has no `next_layer()`, so that Beast cuts a connection through `beast_close_socket` below and not
/// without a word.
/// Thread: its shard.
class outbox_stream {
public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  /// `early` is what had been read of the connection beyond the handshake.
  outbox_stream(shard& home, boost::asio::ip::tcp::socket socket, outbox_limits limits, std::unique_ptr<tls_session> tls,
                std::string early)
    : outbox_(home, std::move(socket), limits, std::move(tls)), early_(std::move(early)) {}

  executor_type get_executor() noexcept { return socket().get_executor(); }
  boost::asio::ip::tcp::socket& socket() noexcept { return outbox_.socket(); }
  class outbox& outbox() noexcept { return outbox_; }
  const class outbox& outbox() const noexcept { return outbox_; }

  /// Null: nobody, any more.
  void before_cut(last_words* whose) noexcept { last_words_ = whose; }

  /// Closes the socket at once, after what it still takes.
  void cut() {
    if (last_words_ != nullptr) last_words_->on_given_up();
    outbox_.flush();
    outbox_.say_end();
    boost::system::error_code ignored;
    socket().close(ignored);
  }

  /// How long its client takes to answer Beast's pings.
  ping_watch& pings() noexcept { return pings_; }
  const ping_watch& pings() const noexcept { return pings_; }

  /// What was read came to something: a part of a message, or a control frame.
  void came_to_something() noexcept { idle_reads_ = 0; }

  /// Errors: `message_size` when Beast reads on and on without that: it has no end with empty fragments, and while it waits for the answer to a
  /// close it forgets all else.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
      [this](auto&& handler, const Buffers& into) {
        if (++idle_reads_ > most_idle_reads) {
          complete(std::forward<decltype(handler)>(handler), boost::asio::error::message_size, 0);
        } else if (early_.empty() && outbox_.tls() != nullptr) {
          async_read_tls(socket(), *outbox_.tls(), into, [this] { outbox_.flush_soon(); },
                         std::forward<decltype(handler)>(handler));
        } else if (early_.empty()) {
          socket().async_read_some(into, std::forward<decltype(handler)>(handler));
        } else {
          const auto count = boost::asio::buffer_copy(into, boost::asio::buffer(early_));
          early_.erase(0, count);
          complete(std::forward<decltype(handler)>(handler), {}, count);
        }
      },
      token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
      [this](auto&& handler, const Buffers& from) {
        if (outbox_.is_overfull())
          return complete(std::forward<decltype(handler)>(handler), boost::asio::error::no_buffer_space, 0);
        std::string bytes(boost::asio::buffer_size(from), '\0');
        boost::asio::buffer_copy(boost::asio::buffer(bytes), from);
        pings_.wrote(bytes);
        const auto count = bytes.size();
        outbox_.push(caf::make_counted<const shared_bytes>(std::move(bytes)));
        complete(std::forward<decltype(handler)>(handler), {}, count);
      },
      token, buffers);
  }

private:
  template <class Handler>
  void complete(Handler&& handler, boost::system::error_code error, std::size_t count) {
    boost::asio::post(get_executor(), [handler = std::forward<Handler>(handler), error, count]() mutable {
      handler(error, count);
    });
  }

  /// A frame's header has up to 14 bytes, so that even one that comes byte by byte needs no more reads than that.
  static constexpr unsigned most_idle_reads = 1'000;

  class outbox outbox_;
  std::string early_;
  last_words* last_words_ = nullptr;
  unsigned idle_reads_ = 0;
  [[no_unique_address]] ping_watch pings_;
};

/// Beast calls these when both sides have said that they close, or one broke the rules: what is queued goes first. Beast's own
/// for sockets means to read on, too, and stops after the first 2 KiB (1.81: teardown_tcp_op never counts what it read).
inline void teardown(boost::beast::role_type role, outbox_stream& stream, boost::system::error_code& error) {
  stream.outbox().flush();
  stream.outbox().say_end();
  boost::beast::websocket::teardown(role, stream.socket(), error);
}

/// And this when nothing came from the client for too long, or nothing of a close.
inline void beast_close_socket(outbox_stream& stream) {
  stream.cut();
}

template <class Handler>
void async_teardown(boost::beast::role_type, outbox_stream& stream, Handler&& handler) {
  stream.outbox().flush();
  stream.outbox().say_end();
  async_lingering_close(stream.socket(), std::forward<Handler>(handler));
}

}  // namespace herald::transport
