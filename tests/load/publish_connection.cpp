#include "publish_connection.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace herald::load {

namespace {
constexpr std::size_t max_sent_bytes = 1 << 20; // what has been sent is dropped from the queue's front beyond this
}

publish_connection::~publish_connection() {
  if (fd_ >= 0)
    close(fd_);
}

std::string publish_connection::open(const endpoint& where) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || connect(fd_, reinterpret_cast<const sockaddr*>(&where.address), sizeof where.address) != 0)
    return "can't connect to " + where.text + ": " + std::strerror(errno);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd_, F_SETFL, O_NONBLOCK);
  return {};
}

bool publish_connection::flush() {
  while (sent_ < outgoing_.size()) {
    const auto sent = send(fd_, outgoing_.data() + sent_, outgoing_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent < 0 && errno == EAGAIN && sent_ > max_sent_bytes) {
      outgoing_.erase(0, sent_);
      sent_ = 0;
    }
    if (sent < 0)
      return errno == EAGAIN;
    sent_ += static_cast<std::size_t>(sent);
  }
  outgoing_.clear();
  sent_ = 0;
  return true;
}

bool publish_connection::fill() {
  char bytes[65'536];
  for (;;) {
    const auto got = recv(fd_, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno == EAGAIN;
    if (got == 0)
      return false;
    incoming_.append(bytes, static_cast<std::size_t>(got));
  }
}

void publish_connection::consume(std::size_t bytes) {
  consumed_ += bytes;
  if (consumed_ == incoming_.size()) {
    incoming_.clear();
    consumed_ = 0;
  }
}

} // namespace herald::load
