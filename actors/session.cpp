#include "actors/session.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace herald {
namespace {

std::string_view to_string(channel_kind kind) noexcept {
  switch (kind) {
    case channel_kind::user: return "user";
    case channel_kind::group: return "group";
    case channel_kind::broadcast: break;
  }
  return "broadcast";
}

}  // namespace

session::session(caf::actor_config& cfg, hello_ptr who, user_router_actor router, bridge_actor bridge,
                 const actor_rules& rules)
  : pinned(cfg), who_(std::move(who)), link_(who_->out), router_(std::move(router)), bridge_(std::move(bridge)),
    rules_(rules), groups_(who_->groups) {
  stats().group_memberships.add(groups_.size());
  home().sessions().add(*this);
}

session::behavior_type session::make_behavior() {
  link_->attach(ctrl());
  if (who_->grant) take_grant(who_->grant);
  return {
    [this](const attached& to) { on_attached(to); },
    [this](const herald::deliver& what) { on_deliver(what.run); },
    [this](const channel_status& status) { on_channel_status(status); },
    [this](const client_command& asked) { on_command(asked); },
    [this](const link_ready&) { on_link_ready(); },
    [this](const link_closed& what) { on_link_closed(what.why); },
    [this](const stall_check& last) { on_stall_check(last); },
    [this](const welcome_due&) { if (link_ && opening_) welcome(); },
    [this](const token_due&) { on_token_due(); },
    [this](const describe_session& asked) { return on_describe(asked); },
    [this](const end_sessions& order) { on_end_sessions(order.what); },
    [this](const close_session& order) { close(order.why, order.reconnect_after); },
  };
}

void session::on_exit() {
  // Only a failure gets here with a link that is open: the client must not be left talking to nobody.
  home().sessions().remove(*this);
  if (link_) std::exchange(link_, nullptr)->close(close_reason::internal, {});
  trace_over(close_reason::internal);
  for (const auto& what : behind_) drop(drop_reason::closing, what->way.held_items());
  if (opening_) drop(drop_reason::closing, items_in(opening_->runs));
  stats().group_memberships.sub(groups_.size());
  forget_grant();
  behind_.clear();
  who_.reset();  // a timer of the actor system may hold this actor for longer than its shard, and its socket, live
  router_ = nullptr;
  bridge_ = nullptr;
  pinned::on_exit();
}

void session::on_link_closed(close_reason why) {
  trace_over(why);
  link_ = nullptr;
  closing_ = true;
  home().sessions().remove(*this);
  if (acks_)
    for (const auto& ack : acks_->waiting) caf::anon_send(bridge_, keep_position{who_->user, who_->device, ack.channel, ack.at});
  // What its router has sent before it knows comes before the answer, and is counted.
  request(router_, caf::infinite, session_over{session_actor{this}})
    .then([this](const session_forgotten&) { quit(); }, [this](const caf::error&) { quit(); });
}

// -- from the router ----------------------------------------------------------

void session::on_attached(const attached& to) {
  if (!link_) return;
  const auto wanted = take_wanted();
  for (const auto& status : to.channels) {
    opening_->channels.push_back({status.name, status.live, status.position, false});
    begin_resume(status, wanted);
  }
  if (!who_->device.empty()) locate();
  if (opening_->awaited_pages > 0) delayed_send(this, rules_.welcome_patience, welcome_due{});
  welcome_if_ready();
}

void session::on_deliver(const batch_ptr& run) {
  if (run->to().kind() == channel_kind::group && !is_in(run->to())) {
    stats().nobody_here.add(run->items().size());  // it left while this was on its way
    trace(*run, session_step::dropped, "left_group");
  } else if (closing_) {
    drop(drop_reason::closing, run->items().size());
    trace(*run, session_step::dropped, "closing");
  } else if (opening_ && find_behind(run->to()) == nullptr && opening_->runs.size() < max_early_runs) {
    opening_->runs.push_back(run);
    trace(*run, session_step::kept);
  } else {
    deliver(run);
  }
}

void session::deliver(const batch_ptr& run) {
  if (auto* what = find_behind(run->to())) return deliver_behind(*what, run);
  if (opening_ || !hand_over(run)) return fall_behind(run);
  // What is read from the log is late because its client was away, or is slow: that says nothing of the node.
  if (!closing_) home().latencies().delivered(run->items().front().time_ms, run->items().size());
}

/// Whether the link took it, or takes nothing any more.
bool session::hand_over(const batch_ptr& run) {
  const auto count = run->items().size();
  if (closing_) return drop(drop_reason::closing, count), trace(*run, session_step::dropped, "closing"), true;
  if (!link_->deliver(*run)) return false;
  trace(*run, session_step::queued);
  stats().delivered.add(count);
  if (run->last_position()) delivered_kinds_ |= bit_of(run->to().kind());
  told_.note_sent(*run);
  return true;
}

/// Perhaps twice for one loss: a second loss can't be told from it, and who has reloaded already must hear of it.
void session::say_reset(const channel& name, const std::optional<cursor>& position) {
  stats().resets.add();
  link_->send({event::reset{name, position}, {}});
}

void session::on_channel_status(const channel_status& status) {
  if (!link_ || !is_in(status.name)) return;
  if (status.is_reset) return on_reset(status);
  if (auto* what = find_behind(status.name)) note_live(*what, status.live);
  if (!opening_) return answer_awaited(status);
  for (auto& told : opening_->channels)
    if (told.name == status.name) {
      told.live = status.live;
      if (!told.position) told.position = before_early(status);
    }
}

/// The position of the status, unless some of what it includes waits for the welcome.
std::optional<cursor> session::before_early(const channel_status& status) const {
  for (const auto& run : opening_->runs) {
    if (run->to() != status.name) continue;
    for (const auto& item : run->items())
      if (item.position) return cursor{item.position->epoch, item.position->offset - 1, unknown_tag};
  }
  return status.position;
}

void session::answer_awaited(const channel_status& status) {
  bool told = false;
  for (auto& wish : awaited_) {
    if (wish.name != status.name) continue;
    if (wish.after && find_behind(status.name) == nullptr) {
      auto& what = begin_behind(status.name, *wish.after, status.live);
      what.to_tell = client_channel{status.name, status.live, {}, false};
      what.ref = wish.ref;
      read(what);
    } else {
      link_->send({event::subscribed{as_told(status)}, wish.ref});
    }
    told = true;
  }
  std::erase_if(awaited_, [&](const awaited& wish) { return wish.name == status.name; });
  if (!told) link_->send({event::subscribed{as_told(status)}, {}});
}

/// What its client is told of a channel: never a position that it has not been given everything up to.
client_channel session::as_told(const channel_status& status) {
  client_channel told{status.name, status.live, status.position, false};
  if (auto* what = find_behind(status.name)) {
    told.position = what->way.position();
    if (what->now == behind::stage::locating) told.position.reset();
  }
  return told;
}

// -- the welcome --------------------------------------------------------------

/// The cursors that the client gave in its URL, or in a first frame that came in time. What of that frame can't be done is left
/// in it: the refusal comes after the welcome.
std::vector<std::pair<std::string, cursor>> session::take_wanted() {
  auto wanted = who_->resume;
  auto& commands = opening_->commands;
  auto* first = commands.empty() ? nullptr : std::get_if<command::resume>(&commands.front().what);
  if (first == nullptr) return wanted;
  std::erase_if(first->channels, [&](const auto& one) {
    const bool is_known = channel_called(one.first).has_value();
    if (is_known) wanted.push_back(one);
    return is_known;
  });
  if (first->channels.empty()) commands.erase(commands.begin());
  return wanted;
}

void session::begin_resume(const channel_status& at, const std::vector<std::pair<std::string, cursor>>& wanted) {
  const auto found = std::ranges::find(wanted, at.name.client_name(), [](const auto& x) { return std::string_view{x.first}; });
  if (found == wanted.end() && who_->device.empty()) return;
  auto& what = begin_behind(at.name, found != wanted.end() ? found->second : at.position.value_or(log_start), at.live);
  what.is_awaited = at.live;  // without a backplane there is no telling when the answer comes
  opening_->awaited_pages += at.live ? 1 : 0;
  if (found != wanted.end())
    read(what);
  else
    what.now = behind::stage::locating;
}

void session::welcome_if_ready() {
  if (opening_ && opening_->awaited_pages == 0) welcome();
}

void session::welcome() {
  const auto was = std::exchange(opening_, nullptr);
  for (auto& told : was->channels) {
    auto* what = find_behind(told.name);
    if (what == nullptr) continue;
    told.position = what->way.position();
    if (what->now == behind::stage::locating) told.position.reset();
    for (const auto& first : was->first_pages)
      if (first.number == what->number) told.recovered = !first.page.reset;  // its own cursor stays, until it has heard the reset
  }
  std::optional<std::int64_t> expires;
  if (authority_) expires = authority_->granted->expires_s;
  link_->send({event::welcome{who_->session_id, rules_.node, who_->user, rules_.ping_interval, was->channels, expires}, {}});
  for (const auto& [number, room_bytes, page] : was->first_pages) take_page(number, room_bytes, page);
  for (const auto& run : was->runs) deliver(run);
  for (const auto& status : was->resets) on_reset(status);
  for (const auto& asked : was->commands) carry_out(asked);
}

void session::close(close_reason why, std::chrono::milliseconds reconnect_after) {
  closing_ = true;
  home().sessions().remove(*this);
  if (link_) link_->close(why, reconnect_after);
}

bool session::is_in(const channel& name) const {
  return name.kind() != channel_kind::group || std::ranges::find(groups_, name) != groups_.end();
}

void session::operator_view::note_sent(const batch& run) noexcept {
  const auto last = run.last_position();
  if (!last) return;
  sent = *last;
  sent_kind = run.to().kind();
}

void session::operator_view::show(session_row& in, bool any_sent) const {
  in.dropped = dropped;
  if (any_sent) in.sent = sent, in.sent_channel = to_string(sent_kind);
}

void session::drop(drop_reason why, std::size_t count) noexcept {
  stats().drop(why).add(count);
  told_.note_dropped(count);
}

void session::describe(actor_row& row) const {
  row.user = who_->user;
  auto& mine = row.session.emplace();
  mine.session_id = who_->session_id;
  mine.device = who_->device;
  mine.address = who_->address;
  mine.since_ms = who_->since_ms;
  if (link_) mine.link = link_->describe();
  mine.is_slow = std::ranges::any_of(behind_, [](const auto& x) { return x->now == behind::stage::waiting_for_room; });
  told_.show(mine, delivered_kinds_ != 0);
  if (acks_) mine.acknowledged_channel = acks_->last_channel, mine.acknowledged = acks_->last;
}

/// Of those that this session is in.
std::optional<channel> session::channel_called(std::string_view client_name) const {
  if (client_name == "user") return channel::user(who_->user);
  if (client_name == "broadcast") return channel::broadcast();
  const auto found = std::ranges::find(groups_, client_name, &channel::client_name);
  return found == groups_.end() ? std::nullopt : std::optional{*found};
}

}  // namespace herald
