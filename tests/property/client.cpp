#include "tests/property/client.hpp"

#include <caf/actor_cast.hpp>
#include <caf/make_counted.hpp>
#include <caf/send.hpp>

#include <utility>

namespace herald::property {

// -- the link -----------------------------------------------------------------

void outbox_link::attach(const caf::strong_actor_ptr& session) {
  session_ = caf::actor_cast<session_actor>(session);
  if (!is_open_) caf::anon_send(std::exchange(session_, nullptr), link_closed{close_reason::client_left});
}

bool outbox_link::deliver(const batch& run) {
  if (!is_open_ || frames_.size() >= capacity) return is_open_ && loses_frames_;
  frames_.push_back({std::nullopt, batch_ptr{&run}});
  return true;
}

void outbox_link::send(const client_event& what) {
  if (is_open_) frames_.push_back({what, nullptr});
}

void outbox_link::ask_room() {
  wants_room_ = true;
  say_ready();
}

void outbox_link::say_ready() {
  if (is_open_ && frames_.size() <= capacity / 2 && std::exchange(wants_room_, false)) caf::anon_send(session_, link_ready{});
}

std::optional<outbox_link::frame> outbox_link::read() {
  if (frames_.empty()) return std::nullopt;
  auto next = std::move(frames_.front());
  frames_.pop_front();
  ++written_;
  say_ready();
  return next;
}

void outbox_link::break_off(close_reason why) {
  if (!std::exchange(is_open_, false)) return;
  frames_.clear();
  if (auto session = std::exchange(session_, nullptr)) caf::anon_send(session, link_closed{why});
}

void outbox_link::ask(command::any what) {
  if (session_) caf::anon_send(session_, client_command{std::move(what), {}});
}

// -- the client ---------------------------------------------------------------

client::client(redis_model& redis, std::string user, std::string name, bool is_strict, bool loses_frames)
  : redis_(redis), user_(std::move(user)), name_(std::move(name)), loses_frames_(loses_frames) {
  const auto add = [&](std::string called, std::string channel) {
    places_.emplace(called, place{channel, referee{redis, channel, name_, is_strict}, {}, false, false});
  };
  add("user", user_);
  add("broadcast", "broadcast");
  add("group:" + group_id, "group:" + group_id);
}

connect client::connection() {
  redis_.trace(name_ + " connects" + (in_group_ ? " with group:g" : ""));
  auto who = std::make_shared<hello>();
  out_ = caf::make_counted<outbox_link>(loses_frames_);
  is_leaving_ = false;
  who->session_id = name_;
  who->user = user_;
  if (in_group_) who->groups.push_back(channel::group(group_id));
  for (auto& [called, where] : places_) {
    where.asked = where.at.has_value() && (in_group_ || called != "group:" + group_id);
    where.was_told = false;
    if (where.asked) who->resume.emplace_back(called, *where.at);
  }
  who->out = out_;
  return {std::move(who)};
}

void client::break_off() {
  redis_.trace(name_ + " breaks off");
  if (out_) out_->break_off();
}

bool client::read() {
  if (!out_) return false;
  auto next = out_->read();
  if (!next) return false;
  if (next->run)
    on_run(*next->run);
  else
    std::visit([this](const auto& what) { on(what); }, next->event->what);
  return true;
}

void client::on(const event::welcome& what) {
  for (const auto& told : what.channels) on_channel(told, true);
}

void client::on(const event::subscribed& what) { on_channel(what.status, false); }

void client::on_channel(const client_channel& told, bool is_welcome) {
  if (is_left(told.name)) return;
  auto& where = places_.find(told.name.client_name())->second;
  redis_.trace(name_ + " in " + where.channel + (where.asked ? " asked and" : "") + " is told: " + (told.live ? "live " : "away ")
               + (told.recovered ? "recovered " : "") + (told.position ? to_string(*told.position) : "nowhere"));
  // While the backplane is away nothing is known yet, and its own position comes back.
  const bool is_known = told.position && (told.live || (is_welcome && told.position != where.at));
  if (std::exchange(where.asked, false) && is_known && !told.recovered) {
    where.judge.reset();
    where.was_told = true;
  }
  keep(where, told.position);
}

void client::on(const event::unsubscribed&) { is_leaving_ = false; }

void client::on(const event::reset& what) {
  if (is_left(what.name)) return;
  auto& where = places_.find(what.name.client_name())->second;
  if (!std::exchange(where.was_told, false)) where.judge.reset();
  keep(where, what.position);
}

/// What was on its way when it left does not count: it will come again, should it go on from its cursor.
bool client::is_left(const channel& name) const { return is_leaving_ && name.kind() == channel_kind::group; }

void client::on_run(const batch& run) {
  if (is_left(run.to())) return;
  auto& where = places_.find(run.to().client_name())->second;
  if (where.was_told && error_.empty()) error_ = name_ + " in " + where.channel + " was told that it is not recovered, and there was no reset";
  for (const auto& item : run.items()) {
    where.judge.delivered(std::stoull(item.data), item.position);
    where.at = item.position;
  }
}

void client::keep(place& where, const std::optional<cursor>& at) {
  if (!at) return;
  where.at = at;
  where.judge.has_position(*at);
}

void client::join_group() {
  if (!in_group_) toggle_group();
}

void client::toggle_group() {
  auto& where = places_.find("group:" + group_id)->second;
  // Who leaves before it knows where it is would have no cursor to come back with.
  if (!is_connected() || !out_->is_attached() || (in_group_ && !where.at) || is_leaving_) return;
  in_group_ = !in_group_;
  is_leaving_ = !in_group_;
  redis_.trace(name_ + (in_group_ ? " joins" : " leaves") + " group:g");
  where.was_told = false;
  where.asked = in_group_ && where.at.has_value();
  if (in_group_)
    out_->ask(command::subscribe{group_id, where.at});
  else
    out_->ask(command::unsubscribe{group_id});
}

std::string client::error() const {
  if (!error_.empty()) return error_;
  for (const auto& [called, where] : places_)
    if (!where.judge.error().empty()) return where.judge.error();
  return {};
}

void client::finish() {
  for (auto& [called, where] : places_)
    if (in_group_ || called != "group:" + group_id) where.judge.finish();
}

std::uint64_t client::count() const {
  std::uint64_t sum = 0;
  for (const auto& [called, where] : places_) sum += where.judge.count();
  return sum;
}

std::uint64_t client::resets() const {
  std::uint64_t sum = 0;
  for (const auto& [called, where] : places_) sum += where.judge.resets();
  return sum;
}

}  // namespace herald::property
