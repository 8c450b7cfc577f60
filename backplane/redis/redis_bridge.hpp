#pragma once

#include "actors/pinned.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/announcements.hpp"
#include "backplane/redis/availability.hpp"
#include "backplane/redis/canary.hpp"
#include "backplane/redis/commands.hpp"
#include "backplane/redis/device_positions.hpp"
#include "backplane/redis/feed_healer.hpp"
#include "backplane/redis/incoming.hpp"
#include "backplane/redis/log_reader.hpp"
#include "backplane/redis/loss_marks.hpp"
#include "backplane/redis/options.hpp"
#include "backplane/redis/order_book.hpp"
#include "backplane/redis/sayings.hpp"
#include "backplane/redis/script_publisher.hpp"
#include "backplane/redis/listening.hpp"
#include "backplane/run_collector.hpp"

#include <caf/typed_response_promise.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace herald::backplane {

/// A backplane over Redis: one connection that listens, and one for scripts, which append to the channels' logs and read them.
///
///     session ──publish──▶ script_publisher ──▶ commands ──EVALSHA──▶ Redis
///     Redis ──message──▶ subscriber ──▶ feed_healer ──▶ run_collector ──run──▶ directory
///                                           ▲
///     session ──read_log──▶ log_reader ─────┘ ──▶ commands ──EVALSHA──▶ Redis
///
/// Thread: its home's, which is the io_context's too: connections and actor call each other directly, until `on_exit()`.
/// Owns: the connections, the subscriptions.   Ends: with the node.
/// Bound: publishes by `max_pending`; what comes by `ingress` (then it is left to Redis); changes of many feeds go in slices.
class redis_bridge final : public pinned<bridge_actor, actor_kind::bridge>,
                           private listening::listener,
                           private feed_healer::listener {
public:
  redis_bridge(caf::actor_config& cfg, boost::asio::io_context& context, redis_options options,
               const bridge_limits& limits, bridge_status& status, order_handler on_order, said_handler on_said);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  // -- the actor's messages ---
  void on_subscribe(const subscribe& what);
  void on_unsubscribe(const unsubscribe& what);
  caf::typed_response_promise<published> on_publish(publication what);
  caf::typed_response_promise<log_page> on_read_log(const read_log& what);
  caf::typed_response_promise<positions> on_find_positions(const find_positions& what);
  caf::typed_response_promise<position_kept> on_keep_position(const keep_position& what);
  caf::typed_response_promise<order_spread> on_spread_order(const spread_order& what);
  caf::typed_response_promise<channel_facts> on_look(const look_at_channel& what);
  backplane_facts on_describe() const;
  caf::typed_response_promise<said> on_say(const say& what);
  void on_forwarded(const forwarded& what);
  void on_tick();
  void on_directory_down(const caf::actor_addr& who);

  // -- from the subscriber ---
  void on_live(std::string_view name) override;
  void on_settled() override { available_.subscribed(true); }
  void on_deaf(std::string_view name) override;
  void on_unsettled() override { available_.subscribed(false); }
  void on_subscriber_up() override;
  void on_subscriber_down() override;
  void on_message(std::string_view redis_channel, std::string_view payload) override;
  void on_read_over() override;

  // -- from the healer ---
  void on_next(feed& to, notification what) override;
  void on_lost(feed& to, const cursor& passed_on) override;
  void on_loss_found(feed& to) override { tell(to, true); }
  void on_loss_said(feed& to, const said_loss& what);
  void tell_loss_said(feed& to);
  void on_whole(feed& to, bool was_live) override;
  void on_healing_step() override { on_read_over(); }

  // -- from the commands ---
  void on_commands_ready(bool ready);
  bool is_said(std::string_view payload);

  void start();
  bool by_pattern() const noexcept { return options_.listen == redis_options::mode::pattern; }
  std::string name_in_redis(const std::string& channel) const;
  void announce_all();
  void tell(const feed& to, bool is_reset = false);
  void take(feed& to, std::string_view payload);
  void note_received(const channel& to, const notification& what);
  void refuse(const refusal& no, const channel& to);
  void refuse(drop_reason reason, std::string_view why, std::string_view redis_channel);
  void resume_if_relaxed();
  void count_feeds();
  void schedule_tick();

  boost::asio::io_context& context_;
  const redis_options options_;
  const bridge_limits limits_;
  bridge_status& status_;
  order_handler on_order_;
  said_handler on_said_;
  availability available_;
  std::string pattern_;
  feed_table feeds_;
  ingress ingress_;
  run_collector runs_;
  announcements announcements_;
  std::unique_ptr<commands> commands_;
  std::unique_ptr<script_publisher> publisher_;
  std::unique_ptr<loss_marks> losses_;
  std::unique_ptr<log_reader> logs_;
  std::unique_ptr<device_positions> positions_;
  std::unique_ptr<order_book> orders_;
  std::unique_ptr<sayings> sayings_;
  std::unique_ptr<feed_healer> healer_;
  std::unique_ptr<canary> canary_;
  std::unique_ptr<listening> subscriber_;
  bool tick_is_due_ = false;
  bool paused_ = false;
  bool was_publishing_ = false;
  bool was_subscribed_ = false;
};

/// The home, its io_context and the status have to outlive it; `context` must be run by `where`'s thread.
bridge_actor spawn_redis_bridge(home& where, boost::asio::io_context& context, redis_options options,
                                const bridge_limits& limits, bridge_status& status, order_handler on_order = {},
                                said_handler on_said = {});

}  // namespace herald::backplane
