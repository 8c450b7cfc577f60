#pragma once

#include "actors/pinned.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/announcements.hpp"
#include "backplane/redis/availability.hpp"
#include "backplane/redis/options.hpp"
#include "backplane/redis/script_publisher.hpp"
#include "backplane/redis/subscriber.hpp"
#include "backplane/run_collector.hpp"

#include <caf/typed_response_promise.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace herald::backplane {

/// A backplane over Redis: one connection that listens, one that publishes, with a script that appends to the channel's log.
///
///     session ──publish──▶ script_publisher ──EVALSHA──▶ Redis ──message──▶ subscriber ──▶ run_collector ──run──▶ directory
///
/// Thread: its home's, which is the io_context's too: connections and actor call each other directly, until `on_exit()`.
/// Owns: the connections, the subscriptions.   Ends: with the node.
/// Bound: publishes by `max_pending`; what comes by `ingress` (then it is left to Redis); changes of many feeds go in slices.
class redis_bridge final : public pinned<bridge_actor, actor_kind::bridge>, private subscriber::listener {
public:
  redis_bridge(caf::actor_config& cfg, boost::asio::io_context& context, redis_options options,
               const bridge_limits& limits, bridge_status& status);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  // -- the actor's messages ---
  void on_subscribe(const subscribe& what);
  void on_unsubscribe(const unsubscribe& what);
  caf::typed_response_promise<published> on_publish(publication what);
  void on_forwarded(const forwarded& what);
  void on_tick();
  void on_directory_down(const caf::actor_addr& who);

  // -- from the subscriber ---
  void on_live(std::string_view name) override;
  void on_settled() override { available_.subscribed(true); }
  void on_subscriber_up() override;
  void on_subscriber_down() override;
  void on_message(std::string_view redis_channel, std::string_view payload) override;
  void on_read_over() override;

  void start();
  bool by_pattern() const noexcept { return options_.listen == redis_options::mode::pattern; }
  std::string name_in_redis(const std::string& channel) const;
  void change_all(bool live);
  void tell(const feed& to, bool live);
  void take(feed& to, std::string_view payload);
  void refuse(drop_reason reason, std::string_view why, std::string_view redis_channel);
  void resume_if_relaxed();
  void count_feeds();
  void schedule_tick();

  boost::asio::io_context& context_;
  const redis_options options_;
  const bridge_limits limits_;
  bridge_status& status_;
  availability available_;
  std::string pattern_;
  feed_table feeds_;
  ingress ingress_;
  run_collector runs_;
  announcements announcements_;
  std::unique_ptr<subscriber> subscriber_;
  std::unique_ptr<script_publisher> publisher_;
  bool tick_is_due_ = false;
  bool paused_ = false;
  bool was_publishing_ = false;
  bool was_subscribed_ = false;
};

/// The home, its io_context and the status have to outlive it; `context` must be run by `where`'s thread.
bridge_actor spawn_redis_bridge(home& where, boost::asio::io_context& context, redis_options options,
                                const bridge_limits& limits, bridge_status& status);

}  // namespace herald::backplane
