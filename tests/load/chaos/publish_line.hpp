#pragma once

#include "clock.hpp"
#include "endpoint.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace herald::load {

struct http_answer {
  int status = 0;
  std::string body;
};

/// One keep-alive connection to a node's internal port that carries one request at a time, and may break at any moment.
/// Nothing here blocks.
class publish_line {
public:
  enum class state { closed, connecting, idle, asking };

  publish_line() = default;
  ~publish_line() { close(); }
  publish_line(publish_line&& other) noexcept;
  publish_line& operator=(publish_line&&) = delete;

  state now() const { return state_; }
  int fd() const { return fd_; }

  /// Opens a socket and begins to connect. False: it could not even begin.
  bool connect(const endpoint& where);

  /// The socket became writable while connecting. False: it did not connect.
  bool finish_connect();

  /// Sends a whole request. False: the socket did not take it.
  bool ask(std::string_view request);

  /// What is there to be read. `lost`: the connection ended.
  struct reading {
    std::optional<http_answer> answer;
    bool lost = false;
  };
  reading read();

  void close();

private:
  std::optional<http_answer> take_answer();

  int fd_ = -1;
  state state_ = state::closed;
  std::string incoming_;
};

} // namespace herald::load
