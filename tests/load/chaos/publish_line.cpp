#include "chaos/publish_line.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <strings.h>

namespace herald::load {

namespace {

/// The length of the body that follows an HTTP head; 0 when it is not said.
std::size_t body_length(std::string_view head) {
  constexpr std::string_view name = "content-length:";
  for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    if (head.size() - at > name.size() && strncasecmp(head.data() + at, name.data(), name.size()) == 0)
      return std::strtoul(head.data() + at + name.size(), nullptr, 10);
  }
  return 0;
}

} // namespace

publish_line::publish_line(publish_line&& other) noexcept
  : fd_(std::exchange(other.fd_, -1)), state_(std::exchange(other.state_, state::closed)), incoming_(std::move(other.incoming_)) {}

bool publish_line::connect(const endpoint& where) {
  incoming_.clear();
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0)
    return false;
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  state_ = state::connecting;
  return ::connect(fd_, reinterpret_cast<const sockaddr*>(&where.address), sizeof where.address) == 0 || errno == EINPROGRESS;
}

bool publish_line::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  state_ = state::idle;
  return error == 0;
}

bool publish_line::ask(std::string_view request) {
  state_ = state::asking;
  return send(fd_, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size());
}

publish_line::reading publish_line::read() {
  char bytes[16'384];
  for (;;) {
    const auto got = recv(fd_, bytes, sizeof bytes, 0);
    if (got > 0) {
      incoming_.append(bytes, static_cast<std::size_t>(got));
      continue;
    }
    const bool lost = got == 0 || (errno != EAGAIN && errno != EINTR);
    return {take_answer(), lost};
  }
}

std::optional<http_answer> publish_line::take_answer() {
  const auto end = incoming_.find("\r\n\r\n");
  if (end == std::string::npos)
    return std::nullopt;
  const auto length = body_length(std::string_view{incoming_}.substr(0, end + 2));
  if (incoming_.size() < end + 4 + length)
    return std::nullopt;
  http_answer answer{.status = incoming_.size() > 12 ? std::atoi(incoming_.c_str() + 9) : 0, .body = incoming_.substr(end + 4, length)};
  incoming_.erase(0, end + 4 + length);
  state_ = state::idle;
  return answer;
}

void publish_line::close() {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
  state_ = state::closed;
}

} // namespace herald::load
