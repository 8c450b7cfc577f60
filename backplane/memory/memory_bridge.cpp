#include "backplane/memory/memory_bridge.hpp"

#include "actors/unix_time.hpp"
#include "backplane/publish_trace.hpp"

#include <caf/send.hpp>

#include <utility>

namespace herald::backplane {

memory_bridge::memory_bridge(caf::actor_config& cfg, const bridge_limits& limits, bridge_status& status)
  : pinned(cfg),
    status_(status),
    logs_({.max_entries = limits.log_max_entries, .max_age = limits.log_max_age}),
    seen_(limits.idempotency_window),
    ingress_(limits.ingress_max_bytes, status),
    runs_(ingress_, home().traces()),
    trace_share_(limits.trace_share) {}

memory_bridge::behavior_type memory_bridge::make_behavior() {
  set_down_handler([this](const caf::down_msg& what) { on_directory_down(what.source); });
  status_.publishing = true;
  status_.subscribed = true;
  status_.reached = true;
  return {
    [this](const subscribe& what) { on_subscribe(what); },
    [this](const unsubscribe& what) { on_unsubscribe(what); },
    [this](publish& what) { return on_publish(std::move(what.what)); },
    [this](const read_log& what) { return on_read(what); },
    [this](const find_positions& what) { return positions{positions_.of(what.user, what.device)}; },
    [this](const keep_position& what) {
      positions_.keep(what.user, what.device, what.channel, what.at);
      return position_kept{};
    },
    [](const spread_order&) { return order_spread{}; },  // there is no other node
    [](const say&) { return said{true}; },
    [this](const describe_backplane&) { return backplane_facts{"memory", "", {}, feeds_.size(), feeds_.size(), ingress_.is_behind()}; },
    [this](const look_at_channel& what) { return logs_.look(what.what); },
    [this](const forwarded& what) { on_forwarded(what); },
    [this](const backplane_tick&) { flush(); },
  };
}

void memory_bridge::on_exit() {
  runs_.clear();
  feeds_.clear();  // directories hold the bridge as well: no cycle may outlive it
  status_.publishing = false;
  status_.subscribed = false;
  status_.subscriptions.store(0);
  pinned::on_exit();
}

// -- subscriptions ------------------------------------------------------------

void memory_bridge::on_subscribe(const subscribe& what) {
  flush();  // what was published before is not for the newcomer
  auto& to = feeds_.add(what);
  to.live = true;
  to.position = logs_.head(what.what).value_or(empty_log);
  if (feeds_.meet(what.who)) monitor(what.who);
  count_feeds();
  caf::anon_send(what.who, to.status());
}

void memory_bridge::on_unsubscribe(const unsubscribe& what) {
  flush();
  feeds_.remove(what);
  count_feeds();
}

void memory_bridge::on_directory_down(const caf::actor_addr& who) {
  flush();
  feeds_.remove_all(who);
  ingress_.forget();
  count_feeds();
}

void memory_bridge::count_feeds() {
  ingress_.expect(feeds_.directories());
  status_.subscriptions.store(feeds_.size());
}

// -- publishing ---------------------------------------------------------------

published memory_bridge::on_publish(publication what) {
  what.trace = what.trace || is_picked(what.id, trace_share_);
  if (!what.trace) [[likely]] return accept(std::move(what));
  const auto trace = publish_trace::begin(home().traces(), what, unix_ms());
  auto outcome = accept(std::move(what));
  trace->answered(outcome);
  return outcome;
}

published memory_bridge::accept(publication what) {
  auto now = std::chrono::steady_clock::now();
  if (auto first = seen_.find(what.to, what.id, now)) return {receipt{what.id, first->position, true}};
  if (ingress_.is_behind()) return {failure{errc::unavailable, "the node is behind with its deliveries: try again", {}}};
  notification item{std::nullopt, what.id, unix_ms(), std::move(what.data), make_trace(what.trace, what.traceparent)};
  if (what.durable) item.position = keep(item, what);
  seen_.remember(what.to, what.id, {item.position}, now);
  auto position = item.position;
  hand_out(what.to, std::move(item));
  return {receipt{std::move(what.id), position, false}};
}

cursor memory_bridge::keep(const notification& what, const publication& from) {
  logs_.expire(what.time_ms);
  return logs_.append(from.to, what, from.ttl_s ? what.time_ms + *from.ttl_s * 1000 : 0);
}

log_page memory_bridge::on_read(const read_log& what) {
  flush();  // what the page holds was passed on before, or is not in it
  return logs_.read(what.what, what.after, what.max_bytes, unix_ms(), stats());
}

void memory_bridge::hand_out(const channel& to, notification what) {
  status_.messages.add();
  stats().received.add();
  auto* found = feeds_.find(to.name());
  if (what.trace && what.trace->is_traced) [[unlikely]] trace_item(to, what, found != nullptr ? trace_step::received : trace_step::nobody);
  if (found == nullptr) return stats().count_nobody();
  runs_.add(*found, std::move(what));
  // Its turn comes after what is in the mailbox now: what was published together is joined, and at rest nothing waits.
  if (!std::exchange(flush_is_due_, true)) caf::anon_send(bridge_actor{this}, backplane_tick{});
}

void memory_bridge::flush() {
  flush_is_due_ = false;
  runs_.flush();
}

void memory_bridge::on_forwarded(const forwarded& what) {
  ingress_.given_back(what);
  ingress_.is_behind();  // so that the probes hear of it before the next publish
}

bridge_actor spawn_memory_bridge(home& where, const bridge_limits& limits, bridge_status& status) {
  return spawn_on<memory_bridge>(where, limits, status);
}

}  // namespace herald::backplane
