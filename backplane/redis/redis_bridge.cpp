#include "backplane/redis/redis_bridge.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"
#include "backplane/redis/incoming.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

namespace herald::backplane {
namespace {

/// Feeds whose change is told in one turn.
constexpr std::size_t told_a_turn = 1024;

}  // namespace

redis_bridge::redis_bridge(caf::actor_config& cfg, boost::asio::io_context& context, redis_options options,
                           const bridge_limits& limits, bridge_status& status)
  : pinned(cfg),
    context_(context),
    options_(std::move(options)),
    limits_(limits),
    status_(status),
    available_(status),
    pattern_(pattern_for(options_.prefix)),
    ingress_(limits.ingress_max_bytes, status),
    runs_(ingress_) {}

redis_bridge::behavior_type redis_bridge::make_behavior() {
  set_down_handler([this](const caf::down_msg& what) { on_directory_down(what.source); });
  start();
  return {
    [this](const subscribe& what) { on_subscribe(what); },
    [this](const unsubscribe& what) { on_unsubscribe(what); },
    [this](publish& what) { return on_publish(std::move(what.what)); },
    [this](const forwarded& what) { on_forwarded(what); },
    [this](const backplane_tick&) { on_tick(); },
  };
}

void redis_bridge::start() {
  subscriber::listener& self = *this;
  subscriber_ = std::make_unique<subscriber>(context_, options_, self);
  publisher_ = std::make_unique<script_publisher>(context_, options_, limits_, [this](bool ready) {
    if (ready && !status_.publishing && was_publishing_) status_.reconnects.add();
    was_publishing_ |= ready;
    available_.publishing(ready);
  });
  if (by_pattern()) subscriber_->want(pattern_);
  subscriber_->start();
  publisher_->start();
}

void redis_bridge::on_exit() {
  // No handler of a connection comes after this; publishes that are under way are answered by it.
  subscriber_.reset();
  publisher_.reset();
  runs_.clear();
  announcements_.clear();
  feeds_.clear();  // directories hold the bridge as well: no cycle may outlive it
  available_.publishing(false);
  available_.subscribed(false);
  status_.subscriptions.store(0);
  pinned::on_exit();
}

// -- subscriptions ------------------------------------------------------------

void redis_bridge::on_subscribe(const subscribe& what) {
  auto& to = feeds_.add(what);
  if (feeds_.meet(what.who)) monitor(what.who);
  auto name = name_in_redis(what.what.name());
  if (!by_pattern()) subscriber_->want(name);
  to.live = subscriber_->is_live(name);
  // While Redis is there, the answer is its confirmation.
  if (to.live || !subscriber_->is_up()) caf::anon_send(what.who, to.status());
  count_feeds();
  schedule_tick();
}

void redis_bridge::on_unsubscribe(const unsubscribe& what) {
  if (!feeds_.remove(what)) return;
  if (!by_pattern()) subscriber_->drop(name_in_redis(what.what.name()));
  count_feeds();
  schedule_tick();
}

void redis_bridge::on_directory_down(const caf::actor_addr& who) {
  for (const auto& channel : feeds_.remove_all(who))
    if (!by_pattern()) subscriber_->drop(name_in_redis(channel));
  ingress_.forget();
  resume_if_relaxed();
  count_feeds();
  schedule_tick();
}

void redis_bridge::on_tick() {
  tick_is_due_ = false;
  announcements_.take(told_a_turn, [this](const std::string& name, bool live) {
    if (auto* to = feeds_.find(name)) tell(*to, live);
  });
  // What is lost is told before it is asked for again, so that "live" never comes before "lost".
  if (!announcements_.empty() || subscriber_->flush()) schedule_tick();
}

void redis_bridge::on_live(std::string_view name) {
  if (by_pattern()) return change_all(true);
  auto* to = feeds_.find(name.substr(options_.prefix.size()));
  if (to == nullptr) return;
  to->live = true;
  tell(*to, true);
  count_feeds();
}

void redis_bridge::on_subscriber_up() {
  if (std::exchange(was_subscribed_, true)) status_.reconnects.add();
  schedule_tick();
}

void redis_bridge::on_subscriber_down() {
  runs_.flush();  // what was heard before
  available_.subscribed(false);
  change_all(false);
}

void redis_bridge::change_all(bool live) {
  for (auto& [name, to] : feeds_) to.live = live;
  announcements_.add(live, feeds_.names());
  count_feeds();
  schedule_tick();
}

void redis_bridge::tell(const feed& to, bool live) {
  for (const auto& who : to.directories) caf::anon_send(who, channel_changed{{to.name, live, to.position}});
}

// -- publishing ---------------------------------------------------------------

caf::typed_response_promise<published> redis_bridge::on_publish(publication what) {
  auto promise = make_response_promise<published>();
  publisher_->publish(std::move(what), [promise](published result) mutable { promise.deliver(std::move(result)); });
  return promise;
}

// -- notifications ------------------------------------------------------------

void redis_bridge::on_message(std::string_view redis_channel, std::string_view payload) {
  status_.messages.add();
  stats().received.add();
  auto name = redis_channel.substr(std::min(options_.prefix.size(), redis_channel.size()));
  auto* to = feeds_.find(name);
  if (to != nullptr && to->live) return take(*to, payload);
  if (to == nullptr && !channel::parse(name))
    return refuse(drop_reason::bad_channel, "no user or group can have this name", redis_channel);
  stats().nobody_here.add();
}

void redis_bridge::take(feed& to, std::string_view payload) {
  auto what = read_message(payload, options_.max_message_bytes, unix_ms());
  if (auto* no = std::get_if<refusal>(&what)) return refuse(no->reason, no->why, options_.prefix + to.name.name());
  runs_.add(to, std::get<notification>(std::move(what)));
}

void redis_bridge::refuse(drop_reason reason, std::string_view why, std::string_view redis_channel) {
  stats().drop(reason).add();
  if (reason == drop_reason::expired) return;  // as its publisher wanted it
  log::limited(log::level::warn, "bad_message", {{"channel", redis_channel}, {"why", why}});
}

void redis_bridge::on_read_over() {
  runs_.flush();
  if (paused_ || !ingress_.over()) return;
  paused_ = true;
  status_.pauses.add();
  subscriber_->pause();
}

void redis_bridge::on_forwarded(const forwarded& what) {
  ingress_.given_back(what);
  resume_if_relaxed();
}

void redis_bridge::resume_if_relaxed() {
  if (!paused_ || !ingress_.relaxed()) return;
  paused_ = false;
  subscriber_->resume();
}

// -- parts --------------------------------------------------------------------

/// What has to be subscribed to for this channel.
std::string redis_bridge::name_in_redis(const std::string& channel) const {
  return by_pattern() ? pattern_ : options_.prefix + channel;
}

void redis_bridge::count_feeds() {
  ingress_.expect(feeds_.directories());
  auto live = subscriber_->live();
  status_.subscriptions.store(by_pattern() && live > 0 ? feeds_.size() : live);
}

void redis_bridge::schedule_tick() {
  // Its turn comes after what is in the mailbox now, so that many subscriptions share a command.
  if (!std::exchange(tick_is_due_, true)) caf::anon_send(bridge_actor{this}, backplane_tick{});
}

bridge_actor spawn_redis_bridge(home& where, boost::asio::io_context& context, redis_options options,
                                const bridge_limits& limits, bridge_status& status) {
  return spawn_on<redis_bridge>(where, std::ref(context), std::move(options), limits, std::ref(status));
}

}  // namespace herald::backplane
