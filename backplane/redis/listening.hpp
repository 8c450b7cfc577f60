#pragma once

#include "actors/descriptions.hpp"
#include "actors/log.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace herald::backplane {

/// Whatever listens to Redis: it subscribes to what is wanted, again after each reconnect, and does nothing but read.
/// One connection, or one for each of a Cluster's masters.
/// Thread: its home's.   Bound: one read a connection; `pause()` leaves what comes to Redis and its limits.
class listening {
public:
  /// Whoever it works for.
  class listener {
  public:
    /// Redis has confirmed this name: what is published from now on comes.
    virtual void on_live(std::string_view name) = 0;
    /// This name is not heard now, while others are; `on_live` follows.
    virtual void on_deaf(std::string_view name) = 0;
    /// Some of what is wanted can't be heard now, nor what is wanted from now on; `on_settled` follows.
    virtual void on_unsettled() = 0;
    /// Everything that was wanted since the connection came up is confirmed.
    virtual void on_settled() = 0;
    virtual void on_subscriber_up() = 0;
    /// The connection is gone, and with it every subscription.
    virtual void on_subscriber_down() = 0;
    virtual void on_message(std::string_view redis_channel, std::string_view payload) = 0;
    virtual void on_read_over() = 0;

  protected:
    ~listener() = default;
  };

  virtual ~listening() = default;
  virtual void start() = 0;

  /// Another channel to listen on, by its name in each mode. Without the right to it the rest goes on: it is then never live,
  /// and the log says so (`canary_refused`, `control_refused`).
  virtual void listen_also(std::string channel) = 0;

  /// Names are channels or patterns, by the mode. They take effect with the next `flush()`.
  virtual void want(std::string_view name) = 0;
  virtual void drop(std::string_view name) = 0;

  /// Sends the commands that are due, up to 4,096 names. Whether there is more to send.
  virtual bool flush() = 0;

  virtual bool is_up() const noexcept = 0;
  virtual bool is_live(std::string_view name) const = 0;
  virtual std::size_t live() const noexcept = 0;

  virtual void pause() = 0;
  virtual void resume() = 0;

  /// For operators: adds its connections.
  virtual void describe(std::vector<backplane_connection>& to) const = 0;

  /// Gives up the connections for others.
  virtual void replace(std::string_view why) = 0;
};

/// Says that Redis does not let this node listen on a channel of herald's own, such as `herald:canary:…`.
inline void log_refused(std::string_view channel, std::string_view why) {
  const bool is_canary = channel.find(":canary:") != std::string_view::npos;
  log::limited(log::level::warn, is_canary ? "canary_refused" : "control_refused", {{"channel", channel}, {"why", why}});
}

}  // namespace herald::backplane
