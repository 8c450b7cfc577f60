#include "backplane/redis/redis_bridge.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"
#include "backplane/publish_trace.hpp"
#include "backplane/redis/channel_look.hpp"
#include "backplane/redis/factory.hpp"
#include "backplane/redis/incoming.hpp"
#include "backplane/redis/keys.hpp"
#include "backplane/redis/subscriber.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

namespace herald::backplane {
namespace {

/// Feeds whose change is told in one turn.
constexpr std::size_t told_a_turn = 1024;

std::string to_string(redis_options::shape what) {
  switch (what) {
    case redis_options::shape::server: return "redis";
    case redis_options::shape::sentinel: return "redis+sentinel";
    case redis_options::shape::cluster: break;
  }
  return "redis+cluster";
}

std::string to_string(redis_options::mode what) {
  switch (what) {
    case redis_options::mode::channel: return "channel";
    case redis_options::mode::pattern: return "pattern";
    case redis_options::mode::sharded: break;
  }
  return "sharded";
}

}  // namespace

redis_bridge::redis_bridge(caf::actor_config& cfg, boost::asio::io_context& context, redis_options options,
                           const bridge_limits& limits, bridge_status& status, order_handler on_order,
                           said_handler on_said)
  : pinned(cfg),
    context_(context),
    options_(std::move(options)),
    limits_(limits),
    status_(status),
    on_order_(std::move(on_order)),
    on_said_(std::move(on_said)),
    available_(status),
    pattern_(pattern_for(options_.prefix)),
    ingress_(limits.ingress_max_bytes, status),
    runs_(ingress_, home().traces()) {}

redis_bridge::behavior_type redis_bridge::make_behavior() {
  set_down_handler([this](const caf::down_msg& what) { on_directory_down(what.source); });
  start();
  return {
    [this](const subscribe& what) { on_subscribe(what); },
    [this](const unsubscribe& what) { on_unsubscribe(what); },
    [this](publish& what) { return on_publish(std::move(what.what)); },
    [this](const read_log& what) { return on_read_log(what); },
    [this](const find_positions& what) { return on_find_positions(what); },
    [this](const keep_position& what) { return on_keep_position(what); },
    [this](const spread_order& what) { return on_spread_order(what); },
    [this](const describe_backplane&) { return on_describe(); },
    [this](const look_at_channel& what) { return on_look(what); },
    [this](const say& what) { return on_say(what); },
    [this](const forwarded& what) { on_forwarded(what); },
    [this](const backplane_tick&) { on_tick(); },
  };
}

void redis_bridge::start() {
  listening::listener& heard = *this;
  feed_healer::listener& healed = *this;
  commands_ = make_commands(context_, options_, [this](bool ready) { on_commands_ready(ready); });
  publisher_ = std::make_unique<script_publisher>(options_, limits_, *commands_);
  losses_ = std::make_unique<loss_marks>(options_, limits_, *commands_);
  logs_ = std::make_unique<log_reader>(context_, options_, limits_, *commands_, stats());
  positions_ = std::make_unique<device_positions>(context_, options_, limits_, *commands_);
  orders_ = std::make_unique<order_book>(options_, *commands_, [this](const order& what) { if (on_order_) on_order_(what); });
  sayings_ = std::make_unique<sayings>(options_, *commands_, orders_->channel());
  healer_ = std::make_unique<feed_healer>(feeds_, *logs_, stats(), healed);
  subscriber_ = make_listening(context_, options_, heard);
  canary_ = std::make_unique<canary>(
    context_, options_, *commands_, [this](std::chrono::microseconds time) { status_.canary_us.store(static_cast<std::uint64_t>(time.count())); },
    [this] { subscriber_->replace("it hears nothing that this node publishes"); });
  if (by_pattern()) subscriber_->want(pattern_);
  subscriber_->listen_also(canary_->channel());
  subscriber_->listen_also(orders_->channel());
  subscriber_->start();
  commands_->start();
  canary_->start();
}

void redis_bridge::on_exit() {
  // No handler of a connection comes after this; publishes that are under way are answered by it.
  canary_.reset();
  subscriber_.reset();
  commands_.reset();
  healer_.reset();
  sayings_.reset();
  orders_.reset();
  positions_.reset();
  logs_.reset();
  losses_.reset();
  publisher_.reset();
  runs_.clear();
  announcements_.clear();
  feeds_.clear();  // directories hold the bridge as well: no cycle may outlive it
  available_.publishing(false);
  available_.subscribed(false);
  status_.subscriptions.store(0);
  status_.healing.store(0);
  pinned::on_exit();
}

void redis_bridge::on_commands_ready(bool ready) {
  if (ready && std::exchange(was_publishing_, true)) status_.reconnects.add();
  available_.publishing(ready);
  if (ready) {
    losses_->check_all();
    logs_->pump();
    positions_->pump();
    orders_->pump();
  } else {
    // Whoever waits to hear that a channel is live must not wait as long as this takes.
    announce_all();
  }
}

// -- subscriptions ------------------------------------------------------------

void redis_bridge::on_subscribe(const subscribe& what) {
  auto& to = feeds_.add(what);
  if (feeds_.meet(what.who)) monitor(what.who);
  const auto name = name_in_redis(what.what.name());
  if (!by_pattern()) subscriber_->want(name);
  if (!to.live && !to.way && subscriber_->is_live(name)) healer_->begin(to);
  // While Redis is there, the answer is that the feed is whole.
  if (to.live || !subscriber_->is_up() || !available_.is_publishing()) caf::anon_send(what.who, to.status());
  count_feeds();
  schedule_tick();
}

void redis_bridge::on_unsubscribe(const unsubscribe& what) {
  if (auto* to = feeds_.find(what.what.name()); to != nullptr && to->directories.size() == 1) healer_->interrupt(*to);
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
  announcements_.take(told_a_turn, [this](const std::string& name) {
    if (auto* to = feeds_.find(name); to != nullptr && !to->live) tell(*to);  // else it was told meanwhile
  });
  if (subscriber_->flush() || !announcements_.empty()) schedule_tick();
}

void redis_bridge::on_live(std::string_view name) {
  if (name == canary_->channel()) return canary_->listening(true);
  if (name == orders_->channel()) return orders_->load();
  if (by_pattern())
    for (auto& [channel, to] : feeds_) healer_->begin(to);
  else if (auto* to = feeds_.find(channel_name(options_, name)))
    healer_->begin(*to);
  count_feeds();
}

void redis_bridge::on_deaf(std::string_view name) {
  if (name == canary_->channel()) return canary_->listening(false);
  auto* to = feeds_.find(channel_name(options_, name));
  if (to == nullptr) return;
  runs_.flush();  // what was heard before
  healer_->interrupt(*to);
  announcements_.add({to->name.name()});
  count_feeds();
  schedule_tick();
}

void redis_bridge::on_subscriber_up() {
  if (std::exchange(was_subscribed_, true)) status_.reconnects.add();
  schedule_tick();
}

void redis_bridge::on_subscriber_down() {
  runs_.flush();  // what was heard before
  available_.subscribed(false);
  canary_->listening(false);
  for (auto& [name, to] : feeds_) healer_->interrupt(to);
  announce_all();
}

/// That feeds are not live, unless they are so again when their turn comes.
void redis_bridge::announce_all() {
  announcements_.add(feeds_.names());
  count_feeds();
  schedule_tick();
}

void redis_bridge::tell(const feed& to, bool is_reset) {
  runs_.flush();  // what comes before it
  for (const auto& who : to.directories) caf::anon_send(who, channel_changed{{to.name, to.live, to.position, is_reset}});
}

// -- healing ------------------------------------------------------------------

void redis_bridge::on_lost(feed& to, const cursor& passed_on) {
  log::limited(log::level::warn, "messages_lost", {{"channel", to.name.name()}});
  to.told_lost = passed_on.epoch;
  losses_->check(to.name.name(), passed_on);
  tell(to, true);
}

/// Another node knows of more than the log has: those who were not there when it was passed on are told, too.
void redis_bridge::on_loss_said(feed& to, const said_loss& what) {
  to.said_lost = what.epoch;
  if (to.way || !to.position) return;  // the log tells
  to.losses = what.losses;
  auto& at = *to.position;
  if (at.epoch == what.ended.epoch && at.offset >= what.ended.offset)
    at = {what.begun, what.ended.offset, at.offset == what.ended.offset ? at.tag : unknown_tag};
  else if (at.epoch != what.begun)
    return healer_->begin(to);
  tell_loss_said(to);
}

void redis_bridge::tell_loss_said(feed& to) {
  const auto said = std::exchange(to.said_lost, 0);
  if (said != 0 && std::exchange(to.told_lost, said) != said) tell(to, true);
}

void redis_bridge::on_whole(feed& to, bool was_live) {
  if (!was_live) tell(to);
  tell_loss_said(to);
  count_feeds();
}

caf::typed_response_promise<log_page> redis_bridge::on_read_log(const read_log& what) {
  auto promise = make_response_promise<log_page>();
  // It may be read before it is written down what is lost: then not all are told yet.
  if (auto* to = feeds_.find(what.what.name())) to->told_lost = 0;
  logs_->read(what, [promise](const log_page& page) mutable { promise.deliver(page); });
  return promise;
}

caf::typed_response_promise<positions> redis_bridge::on_find_positions(const find_positions& what) {
  auto promise = make_response_promise<positions>();
  positions_->find(what, [promise](positions found) mutable { promise.deliver(std::move(found)); });
  return promise;
}

caf::typed_response_promise<position_kept> redis_bridge::on_keep_position(const keep_position& what) {
  auto promise = make_response_promise<position_kept>();
  positions_->keep(what, [promise](position_kept outcome) mutable { promise.deliver(std::move(outcome)); });
  return promise;
}

caf::typed_response_promise<order_spread> redis_bridge::on_spread_order(const spread_order& what) {
  auto promise = make_response_promise<order_spread>();
  orders_->spread(what.what, [promise](order_spread outcome) mutable { promise.deliver(std::move(outcome)); });
  return promise;
}

caf::typed_response_promise<channel_facts> redis_bridge::on_look(const look_at_channel& what) {
  auto promise = make_response_promise<channel_facts>();
  look_at(options_, *commands_, what.what, [promise](channel_facts found) mutable { promise.deliver(std::move(found)); });
  return promise;
}

backplane_facts redis_bridge::on_describe() const {
  backplane_facts result;
  result.kind = to_string(options_.kind);
  result.mode = to_string(options_.listen);
  commands_->describe(result.connections);
  subscriber_->describe(result.connections);
  result.channels = feeds_.size();
  result.live_channels = status_.subscriptions.get();
  result.is_paused = paused_;
  return result;
}

caf::typed_response_promise<said> redis_bridge::on_say(const say& what) {
  auto promise = make_response_promise<said>();
  sayings_->say(what, [promise](said outcome) mutable { promise.deliver(outcome); });
  return promise;
}

/// Whether it is for the nodes, and nothing else.
bool redis_bridge::is_said(std::string_view payload) {
  const auto text = sayings_->heard(payload);
  if (text && !text->empty() && on_said_) on_said_(*text);
  return text.has_value();
}

// -- publishing ---------------------------------------------------------------

caf::typed_response_promise<published> redis_bridge::on_publish(publication what) {
  auto promise = make_response_promise<published>();
  const auto to = what.to;
  what.trace = what.trace || is_picked(what.id, limits_.trace_share);
  std::shared_ptr<const publish_trace> trace;
  if (what.trace) [[unlikely]] trace = publish_trace::begin(home().traces(), what, unix_ms());
  publisher_->publish(std::move(what), [this, promise, to, trace](published result) mutable {
    if (trace) [[unlikely]] trace->answered(result);
    const auto* accepted = std::get_if<receipt>(&result.result);
    if (accepted != nullptr && accepted->position) losses_->accepted(to, *accepted->position);
    promise.deliver(std::move(result));
  });
  return promise;
}

// -- notifications ------------------------------------------------------------

void redis_bridge::on_message(std::string_view redis_channel, std::string_view payload) {
  if (redis_channel == canary_->channel()) return is_said(payload) ? void() : canary_->heard(payload);
  if (redis_channel == orders_->channel()) return is_said(payload) ? void() : orders_->heard(payload);
  status_.messages.add();
  stats().received.add();
  auto name = channel_name(options_, redis_channel);
  auto* to = feeds_.find(name);
  if (to != nullptr && (to->live || to->way)) return take(*to, payload);
  if (to == nullptr && !channel::parse(name))
    return refuse(drop_reason::bad_channel, "no user or group can have this name", redis_channel);
  stats().count_nobody();
}

void redis_bridge::take(feed& to, std::string_view payload) {
  if (const auto loss = read_loss(payload)) return on_loss_said(to, *loss);
  auto what = read_message(payload, options_.max_message_bytes, unix_ms());
  if (const auto* no = std::get_if<refusal>(&what)) return refuse(*no, to.name);
  auto& item = std::get<notification>(what);
  if (item.trace) [[unlikely]] note_received(to.name, item);
  if (item.position)
    healer_->take(to, std::move(item));
  else
    runs_.add(to, std::move(item));
}

void redis_bridge::note_received(const channel& to, const notification& what) {
  if (!what.trace->is_traced) return;
  trace_item(to, what, trace_step::received);
  // Nobody has heard of its id before.
  if (what.id.empty()) log_traced(what.trace->id, to, what.trace->traceparent);
}

void redis_bridge::on_next(feed& to, notification what) {
  if (what.trace && what.trace->is_traced && to.way) [[unlikely]] trace_item(to.name, what, trace_step::healed);
  runs_.add(to, std::move(what));
}

void redis_bridge::refuse(const refusal& no, const channel& to) {
  const auto& trace = no.what.trace;
  if (trace && trace->is_traced) trace_item(to, no.what, trace_step::dropped, to_string(no.reason));
  if (!trace || trace->traceparent.empty()) return refuse(no.reason, no.why, redis_channel(options_, to.name()));
  stats().count_dropped(no.reason);
  if (no.reason == drop_reason::expired) return;  // as its publisher wanted it
  log::limited(log::level::warn, "bad_message", {{"channel", redis_channel(options_, to.name())}, {"why", no.why},
                                                 {"id", no.what.id}, {"trace_id", trace_id_of(trace->traceparent)}});
}

void redis_bridge::refuse(drop_reason reason, std::string_view why, std::string_view redis_channel) {
  stats().count_dropped(reason);
  if (reason == drop_reason::expired) return;  // as its publisher wanted it
  log::limited(log::level::warn, "bad_message", {{"channel", redis_channel}, {"why", why}});
}

void redis_bridge::on_read_over() {
  runs_.flush();
  if (!ingress_.is_behind() || std::exchange(paused_, true)) return;
  subscriber_->pause();
  logs_->pause_healing(true);
}

void redis_bridge::on_forwarded(const forwarded& what) {
  ingress_.given_back(what);
  resume_if_relaxed();
}

void redis_bridge::resume_if_relaxed() {
  if (ingress_.is_behind() || !std::exchange(paused_, false)) return;
  subscriber_->resume();
  logs_->pause_healing(false);
}

// -- parts --------------------------------------------------------------------

/// What has to be subscribed to for this channel.
std::string redis_bridge::name_in_redis(const std::string& channel) const {
  return by_pattern() ? pattern_ : redis_channel(options_, channel);
}

void redis_bridge::count_feeds() {
  ingress_.expect(feeds_.directories());
  const auto live = subscriber_->live();
  status_.subscriptions.store(by_pattern() && live > 0 ? feeds_.size() : live);
  status_.healing.store(healer_->healing());
}

void redis_bridge::schedule_tick() {
  // Its turn comes after what is in the mailbox now, so that many subscriptions share a command.
  if (!std::exchange(tick_is_due_, true)) caf::anon_send(bridge_actor{this}, backplane_tick{});
}

bridge_actor spawn_redis_bridge(home& where, boost::asio::io_context& context, redis_options options,
                                const bridge_limits& limits, bridge_status& status, order_handler on_order,
                                said_handler on_said) {
  return spawn_on<redis_bridge>(where, std::ref(context), std::move(options), limits, std::ref(status),
                                std::move(on_order), std::move(on_said));
}

}  // namespace herald::backplane
