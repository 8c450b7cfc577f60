#pragma once

#include "endpoint.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace herald::load {

/// A TCP connection with a queue of bytes to send and a buffer of bytes received.
class publish_connection {
public:
  publish_connection() = default;
  ~publish_connection();
  publish_connection(const publish_connection&) = delete;
  publish_connection& operator=(const publish_connection&) = delete;

  /// Connects, blocking; non-blocking from then on. Returns what went wrong, or nothing.
  std::string open(const endpoint& where);

  int fd() const { return fd_; }

  /// Where to append what is to be sent.
  std::string& outgoing() { return outgoing_; }
  std::size_t queued_bytes() const { return outgoing_.size() - sent_; }

  /// Sends what the socket takes. False: the connection is gone.
  bool flush();

  /// Reads what is there. False: the connection is gone.
  bool fill();

  /// What has been received and not consumed.
  std::string_view incoming() const { return std::string_view{incoming_}.substr(consumed_); }
  void consume(std::size_t bytes);

private:
  int fd_ = -1;
  std::string outgoing_, incoming_;
  std::size_t sent_ = 0, consumed_ = 0;
};

} // namespace herald::load
