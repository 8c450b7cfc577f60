#include "transport/port_stream.hpp"

#include "actors/log.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace herald::transport {
namespace {

namespace asio = boost::asio;

/// What TLS begins with: a handshake record (RFC 8446, section 5.1). No request of HTTP does.
constexpr unsigned char handshake_record = 0x16;

}  // namespace

void port_stream::secure(const tls_port& with, std::function<void(secured)> done) {
  await_first_byte(std::move(done), with.identity());
}

void port_stream::await_first_byte(std::function<void(secured)> done, std::shared_ptr<const tls_identity> identity) {
  socket_.async_wait(asio::socket_base::wait_read, [this, done = std::move(done), identity = std::move(identity)](
                                                     const error_code& error) mutable {
    if (error) return done(secured::failed);
    unsigned char first = 0;
    const auto count = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
      return await_first_byte(std::move(done), std::move(identity));
    if (count <= 0) return done(secured::failed);
    if (first != handshake_record) return done(secured::not_tls);
    tls_ = std::make_unique<tls_session>(std::move(identity), socket_.native_handle());
    shake_hands(std::move(done));
  });
}

void port_stream::shake_hands(std::function<void(secured)> done) {
  if (!socket_.is_open()) return done(secured::failed);
  const auto came = tls_->handshake();
  const auto how = send_output();  // an alert, too
  if (came == tls_session::result::closed || came == tls_session::result::failed || how == sending::broken) {
    log::limited(log::level::info, "tls_handshake_failed", {{"why", tls_->why().empty() ? "the other side left" : tls_->why()}});
    return done(secured::failed);
  }
  if (came == tls_session::result::done && how == sending::done) return done(secured::yes);
  const auto what = how == sending::blocked ? asio::socket_base::wait_write : asio::socket_base::wait_read;
  socket_.async_wait(what, [this, done = std::move(done)](const error_code& error) mutable {
    if (error) return done(secured::failed);
    shake_hands(std::move(done));
  });
}

port_stream::sending port_stream::send_output() {
  if (!socket_.is_open()) return sending::broken;  // its descriptor may be another connection's already
  while (tls_ && tls_->has_output()) {
    if (tls_->send() >= 0 || errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? sending::blocked : sending::broken;
  }
  return sending::done;
}

void port_stream::say_end() {
  if (tls_) {
    tls_->say_end();
    send_output();
  }
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

}  // namespace herald::transport
