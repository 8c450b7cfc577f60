#pragma once

#include "backplane/bridge.hpp"
#include "backplane/redis/commands.hpp"
#include "backplane/redis/log_reply.hpp"
#include "backplane/redis/options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald::backplane {

/// Reads the logs, for feeds that have a gap and for sessions that catch up. Patient: what can't be read now waits until
/// it can.
///
///     ask ──▶ queue (feeds first; equal questions become one) ──▶ on the wire, `max_under_way` at most ──▶ page
///
/// Thread: the bridge's.
/// Bound:  questions are bounded by feeds and sessions, which ask one at a time a channel; what is on the wire by
///         `max_under_way` pages.
class log_reader {
public:
  static constexpr std::size_t max_under_way = 64;

  using done = std::function<void(const log_page&)>;

  log_reader(boost::asio::io_context& context, const redis_options& options, const bridge_limits& limits, commands& with,
             shard_stats& counts);
  ~log_reader();
  log_reader(const log_reader&) = delete;
  log_reader& operator=(const log_reader&) = delete;

  /// A page for a session. Equal questions that wait become one; never one that is on the wire already,
  /// which may be older than what its asker has seen live.
  void read(const read_log& what, done told);

  /// For a feed: where the log ends, and what follows `after` if that is not there (nothing: no position is known yet).
  /// `begins` is called when the question goes on the wire. `later`: not before a moment has passed.
  void heal(const channel& what, std::optional<cursor> after, std::function<void()> begins, done told, bool later);

  /// Tries what waits: the servers may be there now.
  void pump();

  /// Feeds read nothing while the node is behind.
  void pause_healing(bool now);

private:
  struct job;
  using job_ptr = std::shared_ptr<job>;

  bool pump_one(std::deque<job_ptr>& queue);
  void send(const job_ptr& what);
  void look(const job_ptr& what);
  void fetch(const job_ptr& what);
  void on_head(const job_ptr& what, const redisReply& reply);
  void on_log(const job_ptr& what, const redisReply& reply);
  log_page page_of(const job& what, const log_place& place, log_reply log);
  bool check(const job_ptr& what, wire::outcome outcome, const redisReply* reply);
  void finish(const job_ptr& what, const log_page& page);
  void try_later(const job_ptr& what);

  const redis_options& options_;
  commands& with_;
  shard_stats& counts_;
  std::chrono::milliseconds max_age_;
  boost::asio::steady_timer timer_;
  std::deque<job_ptr> healing_;
  std::deque<job_ptr> reading_;
  std::vector<job_ptr> later_;
  std::unordered_map<std::string, job_ptr> by_question_;  ///< Those of `reading_` and, of sessions, `later_`.
  std::size_t under_way_ = 0;
  bool healing_is_paused_ = false;
  bool timer_runs_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace herald::backplane
