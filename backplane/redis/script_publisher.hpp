#pragma once

#include "actors/messages.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/connection.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::backplane {

/// The connection that publishes, with `publish.lua`.
/// Thread: its home's.
/// Bound:  `max_pending` publishes and `max_pending_bytes` of their data without an answer; over it they are refused.
class script_publisher final : private connection::user {
public:
  /// Called once: at once, or within `command_timeout` and a tick (twice that if Redis had lost the script).
  using done = std::function<void(published)>;

  /// `on_ready` is told whenever a publish can be accepted, and whenever it no longer can.
  script_publisher(boost::asio::io_context& context, const redis_options& options, const bridge_limits& limits,
                   std::function<void(bool)> on_ready);
  ~script_publisher();

  void start() { connection_.start(); }
  void publish(publication what, done told);

private:
  struct job;
  using job_ptr = std::shared_ptr<job>;

  std::optional<failure> objection(const publication& what) const;
  void send(const job_ptr& what);
  void on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply);
  void on_error(const job_ptr& what, std::string_view error);
  void settle(job& what, published result);
  void load_script();
  void on_loaded(wire::outcome outcome, const redisReply* reply);
  void send_waiting();
  void give_up_waiting();
  void become_ready(bool ready);

  void on_up() override { load_script(); }
  void on_push(const redisReply&) override {}
  void on_read() override {}
  void on_down() override { become_ready(false); }

  const redis_options& options_;
  std::string max_entries_;
  std::string max_age_s_;
  std::string window_s_;
  std::function<void(bool)> on_ready_;
  std::string sha_;  ///< Of the script, as this connection's Redis calls it; empty until it is loaded.
  bool loading_ = false;
  std::vector<job_ptr> rejected_;  ///< Redis had lost the script: to be sent again once it is loaded …
  std::vector<job_ptr> held_;      ///< … and before these, which came meanwhile. Both empty unless loading.
  std::size_t pending_ = 0;
  std::size_t pending_bytes_ = 0;
  connection connection_;  ///< Last: when it ends, it tells the publishes that were under way.
};

}  // namespace herald::backplane
