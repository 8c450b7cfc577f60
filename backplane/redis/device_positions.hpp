#pragma once

#include "actors/messages.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/commands.hpp"
#include "backplane/redis/options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace herald::backplane {

/// How far devices have got, in Redis, so that any node knows.
/// Thread: the bridge's.
/// Bound:  what is asked for waits until Redis is there: one question a session.
class device_positions {
public:
  device_positions(boost::asio::io_context& context, const redis_options& options, const bridge_limits& limits,
                   commands& with);

  using found = std::function<void(positions)>;
  using kept = std::function<void(position_kept)>;

  /// Patient: answered when Redis can.
  void find(const find_positions& what, found told);

  /// Answered at once: when Redis is away, with a failure.
  void keep(const keep_position& what, kept told);

  /// Tries what waits.
  void pump();

private:
  struct question {
    std::string key;
    found told;
    unsigned refusals = 0;
  };
  using question_ptr = std::shared_ptr<question>;

  void send(const question_ptr& what);
  void on_found(const question_ptr& what, wire::outcome outcome, const redisReply* reply);
  void try_later(const question_ptr& what);

  const redis_options& options_;
  commands& with_;
  std::string age_s_;
  boost::asio::steady_timer timer_;
  std::deque<question_ptr> waiting_;
  bool timer_runs_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace herald::backplane
