#pragma once

#include "backplane/redis/connection.hpp"
#include "backplane/redis/subscriptions.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace herald::backplane {

/// The connection that listens: it subscribes to what is wanted, again after each reconnect, and does nothing but read.
/// Thread: its home's.   Bound: one read; `pause()` leaves what comes to Redis and its limits.
class subscriber final : private connection::user {
public:
  /// Whoever it works for.
  class listener {
  public:
    /// Redis has confirmed this name: what is published from now on comes.
    virtual void on_live(std::string_view name) = 0;
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

  subscriber(boost::asio::io_context& context, const redis_options& options, listener& told);

  void start() { connection_.start(); }

  /// Another channel to listen on, by its name in each mode. Without the right to it the rest goes on: it is then never live.
  void listen_also(std::string channel) { also_ = std::move(channel); }

  /// Names are channels or patterns, by the mode. They take effect with the next `flush()`.
  void want(std::string_view name) { wanted_.want(name); }
  void drop(std::string_view name) { wanted_.drop(name); }

  /// Sends the commands that are due, up to 4,096 names. Whether there is more to send.
  bool flush();

  bool is_up() const noexcept { return connection_.up() != nullptr; }
  bool is_live(std::string_view name) const { return wanted_.is_live(name); }
  std::size_t live() const noexcept { return wanted_.live(); }

  void pause();
  void resume();

  /// Gives up the connection for another one.
  void replace(std::string_view why);

private:
  void on_up() override;
  void on_push(const redisReply& what) override;
  void on_read() override;
  void on_down() override;
  void on_confirmed(std::string_view name);
  void on_refused(std::string_view why);
  void tell_in_batches(std::string_view command, std::span<const std::string> names);

  listener& listener_;
  bool by_pattern_;
  subscriptions wanted_;
  std::string also_;
  bool also_is_asked_ = false;  ///< Nothing was heard of it yet, and its answer comes first.
  bool settled_ = false;
  bool paused_ = false;
  connection connection_;
};

/// The pattern that matches whatever begins with `prefix`, none of whose characters is taken for a wildcard.
std::string pattern_for(std::string_view prefix);

}  // namespace herald::backplane
