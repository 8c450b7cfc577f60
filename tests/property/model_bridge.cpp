#include "tests/property/model_bridge.hpp"

#include "backplane/redis/incoming.hpp"

#include <caf/send.hpp>

#include <utility>

namespace herald::property {

using namespace herald::backplane;

namespace {

/// Messages of the model are of the year 1970, and not too old.
bridge_limits patient_limits() {
  bridge_limits limits;
  limits.log_max_age = std::chrono::hours{24 * 365 * 500};
  return limits;
}

}  // namespace

model_bridge::model_bridge(caf::actor_config& cfg, boost::asio::io_context& context, network& redis, const faults& planted)
  : pinned(cfg), redis_(redis), planted_(planted) {
  options_.backoff_base = std::chrono::milliseconds{0};
  feed_healer::listener& healed = *this;
  logs_ = std::make_unique<log_reader>(context, options_, patient_limits(), redis_, stats());
  healer_ = std::make_unique<feed_healer>(feeds_, *logs_, stats(), healed);
}

model_bridge::behavior_type model_bridge::make_behavior() {
  redis_.connect(this, [this](bool ready) { on_commands_ready(ready); });
  return {
    [this](const subscribe& what) { on_subscribe(what); },
    [this](const unsubscribe& what) { on_unsubscribe(what); },
    [](const publish&) { return published{failure{errc::unavailable, "the test publishes", {}}}; },
    [this](const read_log& what) { return on_read_log(what); },
    [](const find_positions&) { return positions{}; },
    [](const keep_position&) { return position_kept{}; },
    [](const spread_order&) { return order_spread{}; },
    [](const describe_backplane&) { return backplane_facts{}; },
    [](const look_at_channel&) { return channel_facts{}; },
    [](const say&) { return said{true}; },
    [](const forwarded&) {},
    [](const backplane_tick&) {},
  };
}

void model_bridge::on_exit() {
  redis_.disconnect();
  healer_.reset();
  logs_.reset();
  runs_.clear();
  feeds_.clear();
  pinned::on_exit();
}

void model_bridge::on_commands_ready(bool ready) {
  if (ready)
    logs_->pump();
  else
    tell_all();
}

void model_bridge::on_subscribe(const subscribe& what) {
  auto& to = feeds_.add(what);
  const auto& name = what.what.name();
  redis_.want(name);
  if (!to.live && !to.way && redis_.is_confirmed(name)) healer_->begin(to);
  if (to.live || !redis_.is_listening_up() || !redis_.is_ready(name)) caf::anon_send(what.who, to.status());
}

void model_bridge::on_unsubscribe(const unsubscribe& what) {
  if (auto* to = feeds_.find(what.what.name()); to != nullptr && to->directories.size() == 1) healer_->interrupt(*to);
  if (feeds_.remove(what)) redis_.drop(what.what.name());
}

caf::typed_response_promise<log_page> model_bridge::on_read_log(const read_log& what) {
  auto promise = make_response_promise<log_page>();
  logs_->read(what, [promise](const log_page& page) mutable { promise.deliver(page); });
  return promise;
}

void model_bridge::on_down() {
  runs_.flush();
  for (auto& [name, to] : feeds_) healer_->interrupt(to);
  tell_all();
}

void model_bridge::on_subscribed(const std::string& name) {
  if (auto* to = feeds_.find(name)) healer_->begin(*to);
}

void model_bridge::on_message(const std::string& name, std::string_view payload) {
  stats().received.add();
  auto* to = feeds_.find(name);
  if (to == nullptr || (!to->live && !to->way)) return stats().count_nobody();
  auto what = read_message(payload, 1 << 20, 1);
  auto& item = std::get<notification>(what);
  if (planted_.takes_jumps && to->live)
    runs_.add(*to, std::move(item));
  else
    healer_->take(*to, std::move(item));
  runs_.flush();
}

void model_bridge::tell_all() {
  for (const auto& [name, to] : feeds_)
    if (!to.live) tell(to, false);
}

void model_bridge::tell(const feed& to, bool is_reset) {
  runs_.flush();
  for (const auto& who : to.directories) caf::anon_send(who, channel_changed{{to.name, to.live, to.position, is_reset}});
}

}  // namespace herald::property
