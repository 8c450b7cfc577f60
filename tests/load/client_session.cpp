#include "client_session.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace herald::load {

namespace {

// The key of RFC 6455's own example and the answer to it: a fixed key needs no SHA-1 here.
constexpr std::string_view websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view websocket_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::size_t max_answer_bytes = 16'384;

bool bind_to(int fd, const in_addr& source) {
  const int on = 1;
  // The port is chosen at connect(), when the destination is known: so each source address has all ports for each node.
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr = source;
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string close_reason(std::string_view payload) {
  if (payload.size() < 2)
    return "closed by the server";
  const unsigned code = static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 | static_cast<unsigned char>(payload[1]);
  return "closed by the server: " + std::to_string(code) + " " + std::string{payload.substr(2)};
}

} // namespace

int client_session::start(const endpoint& node, const in_addr* source) {
  pending_.clear();
  tls_.reset();
  over_tls_ = node.tls;
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0)
    return errno;
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (source != nullptr && !bind_to(fd_, *source))
    return errno;
  state_ = state::connecting;
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&node.address), sizeof node.address) == 0)
    on_connected();
  else if (errno != EINPROGRESS && errno != EINTR)
    return errno;
  return 0;
}

int client_session::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0)
    on_connected();
  return error;
}

void client_session::on_connected() {
  state_ = over_tls_ ? state::securing : state::upgrading;
  if (over_tls_)
    tls_ = std::make_unique<tls_client>(fd_);
}

bool client_session::secure() {
  const auto came = tls_->handshake();
  if (came == tls_client::step::done)
    state_ = state::upgrading;
  return came != tls_client::step::failed;
}

ssize_t client_session::send_bytes(std::string_view bytes) {
  return tls_ ? tls_->send(bytes.data(), bytes.size()) : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

bool client_session::request_upgrade(const endpoint& node, std::string_view target) {
  std::string request{"GET "};
  request.append(target).append(" HTTP/1.1\r\nHost: ").append(node.text);
  request.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
  request.append(websocket_key).append("\r\n\r\n");
  return send_bytes(request) == static_cast<ssize_t>(request.size());
}

std::string client_session::receive(std::span<char> scratch, const frame_handler& on_frame) {
  auto problem = receive_once(scratch, on_frame);
  while (problem.empty() && tls_ && tls_->has_pending())
    problem = receive_once(scratch, on_frame);
  return problem;
}

std::string client_session::receive_once(std::span<char> scratch, const frame_handler& on_frame) {
  const auto kept = pending_.size();
  if (kept > 0)
    std::memcpy(scratch.data(), pending_.data(), kept);
  if (kept == scratch.size())
    return "a frame too large for this tool";
  const auto got = tls_ ? tls_->receive(scratch.data() + kept, scratch.size() - kept)
                        : recv(fd_, scratch.data() + kept, scratch.size() - kept, 0);
  if (got == 0)
    return "the server closed the connection";
  if (got < 0)
    return errno == EAGAIN || errno == EINTR ? std::string{} : std::string{std::strerror(errno)};
  const std::string_view bytes{scratch.data(), kept + static_cast<std::size_t>(got)};
  std::string problem;
  std::size_t used = 0;
  if (state_ == state::upgrading) {
    used = take_upgrade_answer(bytes, problem);
    if (used > 0)
      on_frame({});
  }
  if (problem.empty() && state_ != state::upgrading)
    used += take_frames(bytes.substr(used), on_frame, problem);
  pending_.assign(bytes.substr(used));
  return problem;
}

std::size_t client_session::take_upgrade_answer(std::string_view bytes, std::string& problem) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() > max_answer_bytes)
      problem = "an endless answer to the upgrade";
    return 0;
  }
  const auto status = bytes.substr(0, bytes.find("\r\n"));
  if (status.substr(0, 12) != "HTTP/1.1 101")
    problem = "upgrade refused: " + std::string{status.substr(0, 60)} + " " + std::string{bytes.substr(end + 4, 200)};
  else if (bytes.substr(0, end).find(websocket_accept) == std::string_view::npos)
    problem = "upgrade answered with a wrong Sec-WebSocket-Accept";
  else
    state_ = state::greeting;
  return problem.empty() ? end + 4 : 0;
}

std::size_t client_session::take_frames(std::string_view bytes, const frame_handler& on_frame, std::string& problem) {
  std::size_t at = 0;
  while (problem.empty()) {
    const auto head = read_frame_head(bytes.data() + at, bytes.size() - at);
    if (!head || bytes.size() - at - head->head_bytes < head->payload_bytes)
      break;
    const auto payload = bytes.substr(at + head->head_bytes, head->payload_bytes);
    at += head->head_bytes + payload.size();
    if (head->code == opcode::text && head->final && !head->masked)
      on_frame(payload);
    else if (head->code == opcode::ping)
      answer_ping(payload);
    else if (head->code == opcode::close)
      problem = close_reason(payload);
    else if (head->code != opcode::pong)
      problem = "a frame that is binary, masked or in pieces";
  }
  return at;
}

void client_session::answer_ping(std::string_view payload) {
  const auto frame = control_frame(opcode::pong, payload);
  // A full socket loses the pong; the server pings again.
  (void)!send_bytes(frame);
}

void client_session::cut() {
  if (fd_ < 0)
    return;
  const linger none{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  tls_.reset();
  ::close(fd_);
  fd_ = -1;
}

void client_session::close() {
  if (fd_ < 0)
    return;
  if (state_ == state::ready || state_ == state::greeting) {
    const auto frame = control_frame(opcode::close, std::string_view{"\x03\xe8", 2}); // 1000
    (void)!send_bytes(frame);
  }
  tls_.reset();
  ::close(fd_);
  fd_ = -1;
  state_ = state::closed;
}

} // namespace herald::load
