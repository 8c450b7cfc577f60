#pragma once

#include "backplane/redis/connection.hpp"
#include "backplane/redis/listening.hpp"
#include "backplane/redis/subscriptions.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::backplane {

/// The connection that listens: it subscribes to what is wanted, again after each reconnect, and does nothing but read.
/// Thread: its home's.   Bound: one read; `pause()` leaves what comes to Redis and its limits.
class subscriber final : public listening, private connection::user {
public:
  subscriber(boost::asio::io_context& context, const redis_options& options, listener& told);

  void start() override { connection_.start(); }
  void listen_also(std::string channel) override { also_.push_back(std::move(channel)); }
  void want(std::string_view name) override { wanted_.want(name); }
  void drop(std::string_view name) override { wanted_.drop(name); }
  bool flush() override;
  bool is_up() const noexcept override { return connection_.up() != nullptr; }
  bool is_live(std::string_view name) const override { return wanted_.is_live(name); }
  std::size_t live() const noexcept override { return wanted_.live(); }
  void pause() override;
  void resume() override;
  void replace(std::string_view why) override;
  void describe(std::vector<backplane_connection>& to) const override { connection_.describe(to); }

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
  std::vector<std::string> also_;
  std::deque<std::string> also_asked_;  ///< Nothing was heard of these yet, and their answers come first, in this order.
  bool settled_ = false;
  bool paused_ = false;
  connection connection_;
};

/// The pattern that matches whatever begins with `prefix`, none of whose characters is taken for a wildcard.
std::string pattern_for(std::string_view prefix);

}  // namespace herald::backplane
