#pragma once

#include "endpoint.hpp"
#include "websocket_frame.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace herald::load {

/// One WebSocket client: a socket and as little as possible beside it.
/// Ends: by `close()`, or when `receive()` says so.   Bound: 1 MiB a frame.
class client_session {
public:
  enum class state : std::uint8_t { idle, connecting, upgrading, greeting, ready, closed };

  /// Called for each whole text frame, and with an empty text when the upgrade is done.
  using frame_handler = std::function<void(std::string_view text)>;

  state now() const { return state_; }
  void become(state next) { state_ = next; }
  int fd() const { return fd_; }

  /// Opens a socket and begins to connect, from `source` if there is one. Returns errno, 0 when well; then the state is
  /// `connecting`, or `upgrading` when it connected at once.
  int start(const endpoint& node, const in_addr* source);

  /// What became of a connect in progress: errno, 0 when connected.
  int finish_connect();

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
  std::size_t take_upgrade_answer(std::string_view bytes, std::string& problem);
  std::size_t take_frames(std::string_view bytes, const frame_handler& on_frame, std::string& problem);
  void answer_ping(std::string_view payload);

  int fd_ = -1;
  state state_ = state::idle;
  std::string pending_;
};

} // namespace herald::load
