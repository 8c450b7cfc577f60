#include "tls_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <csignal>
#include <new>

namespace herald::load {

namespace {

/// Shared by all, for the whole run.
SSL_CTX* context() {
  static SSL_CTX* const one = [] {
    auto* made = SSL_CTX_new(TLS_client_method());
    if (made == nullptr)
      throw std::bad_alloc{};
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS); // as many as there can be
    return made;
  }();
  return one;
}

} // namespace

tls_client::tls_client(int fd) : ssl_(SSL_new(context())) {
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd) != 1)
    throw std::bad_alloc{};
  SSL_set_connect_state(ssl_);
}

tls_client::~tls_client() {
  SSL_free(ssl_);
}

tls_client::step tls_client::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_);
  if (done == 1)
    return step::done;
  return SSL_get_error(ssl_, done) == SSL_ERROR_WANT_READ ? step::wants_read : step::failed;
}

ssize_t tls_client::receive(char* into, std::size_t room) {
  ERR_clear_error();
  std::size_t count = 0;
  const int done = SSL_read_ex(ssl_, into, room, &count);
  return done == 1 ? static_cast<ssize_t>(count) : failed(done);
}

ssize_t tls_client::send(const char* from, std::size_t size) {
  ERR_clear_error();
  std::size_t count = 0;
  const int done = SSL_write_ex(ssl_, from, size, &count);
  return done == 1 ? static_cast<ssize_t>(count) : failed(done);
}

bool tls_client::has_pending() const {
  return SSL_pending(ssl_) > 0;
}

ssize_t tls_client::failed(int returned) {
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      errno = ECONNRESET;
      return -1;
  }
}

} // namespace herald::load
