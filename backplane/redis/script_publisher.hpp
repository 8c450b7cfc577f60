#pragma once

#include "actors/messages.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/commands.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace herald::backplane {

/// Publishes, with `publish.lua`, and where it is wanted waits until replicas have it.
/// Thread: its home's.
/// Bound:  `max_pending` publishes and `max_pending_bytes` of their data without an answer; over it they are refused.
class script_publisher {
public:
  /// Called once: at once, or within `command_timeout` and a tick (twice that if Redis had lost the script, and
  /// `replica_timeout` more where replicas are waited for).
  using done = std::function<void(published)>;

  script_publisher(const redis_options& options, const bridge_limits& limits, commands& with);

  void publish(publication what, done told);

private:
  struct job;
  using job_ptr = std::shared_ptr<job>;

  std::optional<failure> objection(const publication& what, const std::string& slot_key) const;
  void on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply);
  void on_error(const job_ptr& what, std::string_view error);
  void wait_for_replicas(const job_ptr& what, const receipt& accepted);
  void settle(job& what, published result);

  const redis_options& options_;
  commands& with_;
  std::string max_entries_;
  std::string max_age_s_;
  std::string window_s_;
  std::string wait_for_;
  std::string wait_ms_;
  std::size_t pending_ = 0;
  std::size_t pending_bytes_ = 0;
};

}  // namespace herald::backplane
