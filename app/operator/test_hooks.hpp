#pragma once

#include "actors/home.hpp"
#include "transport/http/message.hpp"
#include "transport/public_port.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace herald::app {

/// Makes a shard's actors as slow as a test wants them.
/// Thread: any; what it does to an actor happens on its shard.
class slow_actors final : public handler_hook {
public:
  using milliseconds = std::chrono::milliseconds;

  /// The next message of the shard's directory takes so long.
  void block(milliseconds how_long) noexcept { block_ms_ = how_long.count(); }

  /// Every message of this user's router takes so long, for a while.
  void slow_down(std::string user, milliseconds each, milliseconds for_long);

  void before(const listed_actor& who) override;

private:
  using clock = std::chrono::steady_clock;

  milliseconds delay_of(const listed_actor& router);

  std::atomic<std::int64_t> block_ms_{0};
  std::atomic<bool> has_slow_user_{false};
  std::mutex mutex_;
  std::string user_;  ///< These are guarded by `mutex_`.
  milliseconds each_{0};
  clock::time_point until_{};
};

/// `POST /admin/test/block-shard?shard=0&ms=2000` and `POST /admin/test/slow-handler?user=alice&ms=20&for_ms=10000`: what goes wrong in
/// production, on demand. Only with `allow-test-hooks`, which only a node that listens on loopback takes.
/// Thread: the internal port's.   Bound: 10 s for a message, a minute for a slow handler; one slow user a shard.
/// Errors: 400 for a field that is missing, not known or out of range.
class test_hooks {
public:
  /// Before the shards start.
  explicit test_hooks(transport::public_port& port);

  void handle(const transport::http_request& request, transport::http_reply reply);

private:
  transport::public_port& port_;
  std::vector<std::unique_ptr<slow_actors>> slow_;  ///< One a shard.
};

}  // namespace herald::app
