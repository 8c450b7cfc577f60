#include "actors/session.hpp"

#include "actors/message_id.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace herald {
namespace {

/// A client that says more before its welcome is not one of ours.
constexpr std::size_t max_early_commands = 32;

constexpr std::uint8_t bit_of(channel_kind kind) noexcept { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind)); }

}  // namespace

session::session(caf::actor_config& cfg, hello_ptr who, user_router_actor router, bridge_actor bridge,
                 const actor_rules& rules)
  : pinned(cfg), who_(std::move(who)), link_(who_->out), router_(std::move(router)), bridge_(std::move(bridge)),
    rules_(rules), groups_(who_->groups) {
  stats().group_memberships.add(groups_.size());
}

session::behavior_type session::make_behavior() {
  link_->attach(ctrl());
  return {
    [this](const attached& to) { on_attached(to); },
    [this](const herald::deliver& what) { on_deliver(what.run); },
    [this](const channel_status& status) { on_channel_status(status); },
    [this](const client_command& asked) { on_command(asked); },
    [this](const link_ready&) { on_link_ready(); },
    [this](const link_closed&) { on_link_closed(); },
    [this](const stall_check& last) { on_stall_check(last); },
    [this](const welcome_due&) { if (link_ && opening_) welcome(); },
    [this](const close_session& order) { close(order.why, order.reconnect_after); },
  };
}

void session::on_exit() {
  // Only a failure gets here with a link that is open: the client must not be left talking to nobody.
  if (link_) std::exchange(link_, nullptr)->close(close_reason::internal, {});
  for (const auto& what : behind_) stats().drop(drop_reason::closing).add(what->way.held_items() + items_in(what->unsent));
  if (opening_) stats().drop(drop_reason::closing).add(items_in(opening_->runs));
  stats().group_memberships.sub(groups_.size());
  behind_.clear();
  who_.reset();  // a timer of the actor system may hold this actor for longer than its shard, and its socket, live
  router_ = nullptr;
  bridge_ = nullptr;
  pinned::on_exit();
}

void session::on_link_closed() {
  link_ = nullptr;
  closing_ = true;
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
  } else if (closing_) {
    stats().drop(drop_reason::closing).add(run->items().size());
  } else if (opening_ && find_behind(run->to()) == nullptr && opening_->runs.size() < max_early_runs) {
    opening_->runs.push_back(run);
  } else {
    deliver(run);
  }
}

void session::deliver(const batch_ptr& run) {
  if (auto* what = find_behind(run->to())) return deliver_behind(*what, run);
  if (opening_ || !hand_over(run)) fall_behind(run);
}

/// Whether the link took it, or takes nothing any more.
bool session::hand_over(const batch_ptr& run) {
  const auto count = run->items().size();
  if (closing_) return stats().drop(drop_reason::closing).add(count), true;
  if (!link_->deliver(*run)) return false;
  stats().delivered.add(count);
  if (run->last_position()) delivered_kinds_ |= bit_of(run->to().kind());
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
      auto& what = begin_behind(status.name, *wish.after);
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
    told.position = handed_over(*what);
    if (what->now == behind::stage::locating) told.position.reset();
  }
  return told;
}

// -- the welcome --------------------------------------------------------------

/// The cursors that the client gave in its URL, or in a first frame that came in time.
std::vector<std::pair<std::string, cursor>> session::take_wanted() {
  auto wanted = who_->resume;
  auto& commands = opening_->commands;
  if (commands.empty()) return wanted;
  if (auto* first = std::get_if<command::resume>(&commands.front().what)) {
    for (auto& [name, after] : first->channels)
      if (auto to = channel_called(name)) wanted.emplace_back(name, after);
      else refuse({errc::bad_field, "channels." + name + ": this session is not in it", "channels." + name}, commands.front().ref);
    commands.erase(commands.begin());
  }
  return wanted;
}

void session::begin_resume(const channel_status& at, const std::vector<std::pair<std::string, cursor>>& wanted) {
  const auto found = std::ranges::find(wanted, at.name.client_name(), [](const auto& x) { return std::string_view{x.first}; });
  if (found == wanted.end() && who_->device.empty()) return;
  auto& what = begin_behind(at.name, found != wanted.end() ? found->second : at.position.value_or(log_start));
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
    for (const auto& [number, page] : was->first_pages)
      if (number == what->number) {
        told.recovered = !page.reset;
        if (page.reset) told.position = page.reset;
      }
  }
  link_->send({event::welcome{who_->session_id, rules_.node, who_->user, rules_.ping_interval, was->channels}, {}});
  for (const auto& [number, page] : was->first_pages) take_page(number, page);
  for (const auto& run : was->runs) deliver(run);
  for (const auto& status : was->resets) on_reset(status);
  for (const auto& asked : was->commands) carry_out(asked);
}

// -- from the client ----------------------------------------------------------

void session::on_command(const client_command& asked) {
  stats().client_commands.add();
  if (!link_) return;
  if (!opening_) return carry_out(asked);
  if (opening_->commands.size() >= max_early_commands) return close(close_reason::abuse);
  opening_->commands.push_back(asked);
}

void session::carry_out(const client_command& asked) {
  std::visit([&](const auto& what) { on(what, asked.ref); }, asked.what);
}

void session::on(const command::subscribe& asked, const request_ref& ref) {
  auto group = channel::group(asked.group);
  if (!is_in(group)) {
    if (groups_.size() >= rules_.max_groups_per_session) {
      refuse({errc::too_many_groups,
              "a session may be in " + std::to_string(rules_.max_groups_per_session)
                + " groups (max-groups-per-session): leave one first",
              "group"},
             ref);
      return;
    }
    groups_.push_back(group);
    stats().group_memberships.add();
  }
  const bool is_awaited = std::ranges::find(awaited_, group, &awaited::name) != awaited_.end();
  awaited_.push_back({group, asked.after, ref});
  if (!is_awaited) send(router_, session_join{std::move(group), session_actor{this}});
}

void session::on(const command::unsubscribe& asked, const request_ref& ref) {
  auto group = channel::group(asked.group);
  if (std::erase(groups_, group) > 0) {
    stats().group_memberships.sub();
    std::erase_if(awaited_, [&](const awaited& x) { return x.name == group; });
    if (auto* what = find_behind(group)) forget_behind(what->number);
    send(router_, session_leave{group, session_actor{this}});
  }
  link_->send({event::unsubscribed{std::move(group)}, ref});
}

void session::on(const command::publish& asked, const request_ref& ref) {
  if (!who_->may_publish) {
    refuse({errc::not_allowed, "this client may not publish", {}}, ref);
    return;
  }
  publication what{asked.to, asked.data, asked.id.empty() ? make_message_id() : asked.id, asked.durable, asked.ttl_s};
  request(bridge_, rules_.publish_timeout, publish{std::move(what)})
    .then([this, ref](const published& outcome) { on_published(outcome, ref); },
          [this, ref](const caf::error&) {
            refuse({errc::unavailable, "the backplane did not answer: try again with the same id", {}}, ref);
          });
}

void session::on_published(const published& outcome, const request_ref& ref) {
  if (!link_) return;
  if (auto* why = std::get_if<failure>(&outcome.result)) {
    stats().publishes_refused.add();
    refuse(*why, ref);
    return;
  }
  stats().publishes_accepted.add();
  const auto& got = std::get<receipt>(outcome.result);
  link_->send({event::published{got.id, got.position}, ref});
}

void session::on(const command::ping&, const request_ref& ref) {
  link_->send({event::pong{}, ref});
}

void session::on(const command::resume& asked, const request_ref& ref) {
  for (const auto& [name, after] : asked.channels) {
    const auto field = "channels." + name;
    const auto to = channel_called(name);
    if (!to) {
      refuse({errc::bad_field, field + ": this session is not in it", field}, ref);
    } else if (find_behind(*to) != nullptr || (delivered_kinds_ & bit_of(to->kind())) != 0) {
      // What is older can't come after what was sent already, or it would be out of order.
      refuse({errc::too_late, field + ": notifications were sent already: connect again with ?resume=", field}, ref);
    } else {
      auto& what = begin_behind(*to, after);
      what.to_tell = client_channel{*to, true, {}, false};
      what.ref = ref;
      read(what);
    }
  }
}

void session::on(const command::ack& asked, const request_ref& ref) {
  if (who_->device.empty())
    return refuse({errc::not_supported, "positions are kept for a device: connect with ?device=", {}}, ref);
  if (!channel_called(asked.channel))
    return refuse({errc::bad_field, "channel: this session is not in it", "channel"}, ref);
  if (!acks_) acks_ = std::make_unique<acknowledging>();
  auto known = std::ranges::find(acks_->waiting, asked.channel, &acknowledging::ack::channel);
  if (known == acks_->waiting.end()) known = acks_->waiting.insert(known, {asked.channel, asked.position, {}});
  known->at = asked.position;
  if (!ref.empty()) known->refs.push_back(ref);
  send_acks();
}

void session::send_acks() {
  if (acks_->under_way || acks_->waiting.empty()) return;
  acks_->under_way = true;
  auto ack = std::move(acks_->waiting.front());
  acks_->waiting.erase(acks_->waiting.begin());
  keep_position what{who_->user, who_->device, ack.channel, ack.at};
  request(bridge_, caf::infinite, std::move(what))
    .then([this, ack](const position_kept& outcome) { on_position_kept(ack, outcome); },
          [this](const caf::error&) { close(close_reason::internal); });
}

void session::on_position_kept(const acknowledging::ack& sent, const position_kept& outcome) {
  acks_->under_way = false;
  if (!link_) return;
  for (const auto& ref : sent.refs) {
    if (outcome.why_not)
      refuse(*outcome.why_not, ref);
    else
      link_->send({event::acknowledged{sent.channel, sent.at}, ref});
  }
  send_acks();
}

void session::on(const command::authenticate&, const request_ref& ref) {
  refuse({errc::not_supported, "this node runs without authentication: there is no token to renew", {}}, ref);
}

void session::on(const command::malformed& asked, const request_ref& ref) {
  refuse(asked.why, ref);
  count_bad_message();
}

void session::refuse(failure why, const request_ref& ref) {
  if (!link_) return;
  stats().client_errors.add();
  link_->send({event::refused{std::move(why)}, ref});
}

void session::count_bad_message() {
  auto now = clock().now();
  if (bad_messages_ == 0 || now - bad_since_ > std::chrono::minutes{1}) {
    bad_messages_ = 0;
    bad_since_ = now;
  }
  if (++bad_messages_ >= rules_.max_bad_messages) close(close_reason::abuse);
}

void session::close(close_reason why, std::chrono::milliseconds reconnect_after) {
  closing_ = true;
  if (link_) link_->close(why, reconnect_after);
}

bool session::is_in(const channel& name) const {
  return name.kind() != channel_kind::group || std::ranges::find(groups_, name) != groups_.end();
}

/// Of those that this session is in.
std::optional<channel> session::channel_called(std::string_view client_name) const {
  if (client_name == "user") return channel::user(who_->user);
  if (client_name == "broadcast") return channel::broadcast();
  const auto found = std::ranges::find(groups_, client_name, &channel::client_name);
  return found == groups_.end() ? std::nullopt : std::optional{*found};
}

}  // namespace herald
