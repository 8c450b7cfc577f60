#include "transport/tls/session.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include <sys/socket.h>

namespace herald::transport {
namespace {

constexpr std::size_t max_output_bytes = 256 * 1024;
constexpr std::size_t max_read_bytes = 64 * 1024;  // at a time

}  // namespace

/// What OpenSSL reads from and writes to: the socket, and the session's output.
struct session_bio {
  static int read(BIO* bio, char* into, int room) {
    auto& self = *static_cast<tls_session*>(::BIO_get_data(bio));
    ::BIO_clear_retry_flags(bio);
    if (self.may_read_ == 0) return ::BIO_set_retry_read(bio), -1;  // others first
    const auto most = std::min(static_cast<std::size_t>(room), self.may_read_);
    const auto count = ::recv(self.socket_, into, most, MSG_DONTWAIT);
    if (count > 0) {
      self.may_read_ -= static_cast<std::size_t>(count);
      return static_cast<int>(count);
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return ::BIO_set_retry_read(bio), -1;
    self.at_end_ = true;
    return static_cast<int>(count);
  }

  static int write(BIO* bio, const char* from, int size) {
    auto& self = *static_cast<tls_session*>(::BIO_get_data(bio));
    ::BIO_clear_retry_flags(bio);
    const auto count = static_cast<std::size_t>(size);
    if (self.output_.size() - self.sent_ + count > max_output_bytes) return -1;
    try {
      self.output_.append(from, count);
    } catch (const std::bad_alloc&) {
      return -1;  // not through OpenSSL's frames
    }
    return size;
  }

  static long control(BIO* bio, int what, long, void*) {
    if (what == BIO_CTRL_FLUSH) return 1;
    if (what == BIO_CTRL_EOF) return static_cast<tls_session*>(::BIO_get_data(bio))->at_end_ ? 1 : 0;
    return 0;
  }

  static const BIO_METHOD& method() {
    static const BIO_METHOD* const one = [] {
      auto* made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "herald");
      if (made == nullptr) throw std::bad_alloc{};
      ::BIO_meth_set_read(made, read);
      ::BIO_meth_set_write(made, write);
      ::BIO_meth_set_ctrl(made, control);
      return made;
    }();
    return *one;
  }
};

tls_session::tls_session(std::shared_ptr<const tls_identity> identity, int socket)
  : identity_(std::move(identity)), ssl_(::SSL_new(identity_->context())), socket_(socket) {
  auto* bio = ssl_ != nullptr ? ::BIO_new(&session_bio::method()) : nullptr;
  if (bio == nullptr) {
    ::SSL_free(ssl_);
    throw std::bad_alloc{};
  }
  ::BIO_set_data(bio, this);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl_, bio, bio);
  ::SSL_set_accept_state(ssl_);
}

tls_session::~tls_session() {
  ::SSL_free(ssl_);
}

tls_session::result tls_session::handshake() {
  if (failed_) return result::failed;
  ::ERR_clear_error();  // the thread's list of errors is shared with every other connection
  may_read_ = max_read_bytes;
  return outcome(::SSL_do_handshake(ssl_));
}

tls_session::result tls_session::read(void* into, std::size_t room, std::size_t& count) {
  count = 0;
  if (failed_) return result::failed;
  ::ERR_clear_error();
  may_read_ = max_read_bytes;
  return outcome(::SSL_read_ex(ssl_, into, room, &count));
}

tls_session::result tls_session::write(const char* from, std::size_t size) {
  if (failed_ || ended_) return result::failed;
  if (size == 0) return result::done;
  ::ERR_clear_error();
  may_read_ = 0;
  std::size_t count = 0;
  const auto came = outcome(::SSL_write_ex(ssl_, from, size, &count));
  if (came == result::wants_read) fail("it can't be written to now");  // there is no renegotiation that could ask for it
  return failed_ ? result::failed : came;
}

void tls_session::say_end() {
  if (failed_ || ended_ || !::SSL_is_init_finished(ssl_)) return;
  ended_ = true;
  ::ERR_clear_error();
  ::SSL_shutdown(ssl_);  // the other side's goodbye isn't waited for
}

std::ptrdiff_t tls_session::send() {
  const auto count = ::send(socket_, output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count > 0) sent_ += static_cast<std::size_t>(count);
  if (sent_ == output_.size()) drop_output();
  return count;
}

bool tls_session::has_peer_certificate() const noexcept {
  return ::SSL_get0_peer_certificate(ssl_) != nullptr && ::SSL_get_verify_result(ssl_) == X509_V_OK;
}

tls_session::result tls_session::outcome(int returned) {
  if (returned > 0) return result::done;
  switch (::SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ: return result::wants_read;
    case SSL_ERROR_ZERO_RETURN: return result::closed;
    case SSL_ERROR_SYSCALL:
      if (!at_end_) return fail("more is to be sent than may wait"), result::failed;
      failed_ = true;
      return result::closed;
    default: break;
  }
  const auto* text = ::ERR_reason_error_string(::ERR_peek_error());
  fail(text != nullptr ? text : "unknown");
  ::ERR_clear_error();
  return result::failed;
}

void tls_session::fail(std::string_view why) {
  failed_ = true;
  why_ = why;
}

}  // namespace herald::transport
