#pragma once

#include "endpoint.hpp"
#include "tls_client.hpp"
#include "websocket_frame.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace herald::load {

/// One WebSocket client: a socket and as little as possible beside it.
/// Ends: by `close()`, or when `receive()` says so.   Bound: 1 MiB a frame.
class client_session {
public:
  enum class state : std::uint8_t { idle, connecting, securing, upgrading, greeting, ready, closed };

  /// Called for each whole text frame, and with an empty text when the upgrade is done.
  using frame_handler = std::function<void(std::string_view text)>;

  state now() const { return state_; }
  void become(state next) { state_ = next; }
  int fd() const { return fd_; }

  /// Opens a socket and begins to connect, from `source` if there is one. Returns errno, 0 when well; then the state is
  /// `connecting`, or when it connected at once what follows: `securing` for TLS, else `upgrading`.
  int start(const endpoint& node, const in_addr* source);

  /// What became of a connect in progress: errno, 0 when connected.
  int finish_connect();

  /// Goes on with TLS's handshake; the state is `upgrading` when it is done. False: it failed.
  bool secure();

  /// Sends the upgrade request. False: the socket did not take it.
  bool request_upgrade(const endpoint& node, std::string_view target);

  /// Reads what is there, through `scratch` (shared by all sessions; only an unfinished frame is kept here), and hands on what
  /// is whole. Returns why the session must be closed, or an empty text.
  std::string receive(std::span<char> scratch, const frame_handler& on_frame);

  /// Says goodbye (when upgraded) and closes the socket.
  void close();

  /// Closes the socket with a reset and without a word, as a process that is killed or a network that is cut does.
  void cut();

private:
  std::string receive_once(std::span<char> scratch, const frame_handler& on_frame);
  std::size_t take_upgrade_answer(std::string_view bytes, std::string& problem);
  std::size_t take_frames(std::string_view bytes, const frame_handler& on_frame, std::string& problem);
  void answer_ping(std::string_view payload);

  void on_connected();
  ssize_t send_bytes(std::string_view bytes);

  int fd_ = -1;
  bool over_tls_ = false;
  std::unique_ptr<tls_client> tls_;
  state state_ = state::idle;
  std::string pending_;
};

} // namespace herald::load
