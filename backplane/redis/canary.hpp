#pragma once

#include "backplane/redis/commands.hpp"
#include "backplane/redis/options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace herald::backplane {

/// The channel of the node with this `redis_options::client_name`. Other nodes speak to it there, too (`sayings`).
inline std::string canary_channel(std::string_view client_name) { return std::string{"herald:canary:"}.append(client_name); }

/// Publishes to this node itself, again and again, and notices when it is not heard: a connection can be there, answer every
/// PING, and be subscribed to a server that nobody publishes to any more.
/// Thread: the bridge's.
class canary {
public:
  /// `on_heard` gets the round trip; `on_silent` is called when nothing was heard for `silence_max` though it could have been.
  canary(boost::asio::io_context& context, const redis_options& options, commands& with,
         std::function<void(std::chrono::microseconds)> on_heard, std::function<void()> on_silent);

  /// The channel it sings on. Not under the users' prefix: nobody else has to hear it.
  const std::string& channel() const noexcept { return channel_; }

  void start() { wait(); }

  /// Whether it can be heard at all: the subscription to its channel is there.
  void listening(bool now);

  void heard(std::string_view payload);

private:
  using clock = std::chrono::steady_clock;

  void wait();
  void sing();

  const redis_options& options_;
  commands& with_;
  std::string channel_;
  std::function<void(std::chrono::microseconds)> on_heard_;
  std::function<void()> on_silent_;
  boost::asio::steady_timer timer_;
  bool listening_ = false;
  std::uint64_t songs_ = 0;
  clock::time_point sung_{};
  clock::time_point heard_{};  ///< Or since when it could have been.
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace herald::backplane
