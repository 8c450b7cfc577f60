#pragma once

#include "transport/tls/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace herald::transport {

/// One read, as `async_read_some` has it: from a session, waiting for its socket where it takes that.
template <class Answered>
class tls_read {
public:
  tls_read(boost::asio::ip::tcp::socket& socket, tls_session& session, boost::asio::mutable_buffer into, Answered answered)
    : socket_(socket), session_(session), into_(into), answered_(std::move(answered)) {}

  template <class Self>
  void operator()(Self& self, boost::system::error_code error = {}, std::size_t = 0) {
    if (is_over_) return self.complete(result_, count_);
    if (error) return self.complete(error, 0);
    // Closed since it was called: the descriptor may be another connection's already.
    const auto came = socket_.is_open() ? session_.read(into_.data(), into_.size(), count_) : tls_session::result::failed;
    if (session_.has_output()) answered_();
    if (came == tls_session::result::wants_read) {
      has_waited_ = true;
      return socket_.async_wait(boost::asio::socket_base::wait_read, std::move(self));
    }
    if (came == tls_session::result::closed) result_ = boost::asio::error::eof;
    if (came == tls_session::result::failed) result_ = boost::asio::error::connection_reset;
    if (has_waited_) return self.complete(result_, count_);
    is_over_ = true;  // a handler is never called from within the call that it was given to
    boost::asio::post(socket_.get_executor(), std::move(self));
  }

private:
  boost::asio::ip::tcp::socket& socket_;
  tls_session& session_;
  boost::asio::mutable_buffer into_;
  Answered answered_;
  boost::system::error_code result_;
  std::size_t count_ = 0;
  bool has_waited_ = false;
  bool is_over_ = false;
};

/// Reads what a session decrypts into the first of `buffers`. `answered` is called when TLS itself has an answer to send.
/// Errors: `eof` when the other side has said its end or is gone, `connection_reset` when it broke TLS.
template <class Buffers, class Answered, class Token>
auto async_read_tls(boost::asio::ip::tcp::socket& socket, tls_session& session, const Buffers& buffers, Answered answered,
                    Token&& token) {
  boost::asio::mutable_buffer into;
  for (auto one = boost::asio::buffer_sequence_begin(buffers); one != boost::asio::buffer_sequence_end(buffers); ++one)
    if (into = *one; into.size() > 0) break;
  return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
    tls_read<Answered>{socket, session, into, std::move(answered)}, token, socket);
}

}  // namespace herald::transport
