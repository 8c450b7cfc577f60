#include "actors/session.hpp"

#include "actors/message_id.hpp"

#include <algorithm>
#include <utility>

/// What a session does with what its client says. The rest of it is in session.cpp and session_catch_up.cpp.
namespace herald {
namespace {

/// A client that says more before its welcome is not one of ours.
constexpr std::size_t max_early_commands = 32;

}  // namespace

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
    if (!check_may_join(group, ref)) return;
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
  leave(group);
  link_->send({event::unsubscribed{std::move(group)}, ref});
}

void session::leave(const channel& group) {
  if (std::erase(groups_, group) == 0) return;
  stats().group_memberships.sub();
  std::erase_if(awaited_, [&](const awaited& x) { return x.name == group; });
  if (auto* what = find_behind(group)) forget_behind(what->number);
  trace_left(group);
  send(router_, session_leave{group, session_actor{this}});
}

void session::on(const command::publish& asked, const request_ref& ref) {
  if (!check_may_publish(asked.to, ref)) return;
  publication what{asked.to, asked.data, asked.id.empty() ? make_message_id() : asked.id, asked.durable, asked.ttl_s, false, asked.traceparent};
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
      auto& what = begin_behind(*to, after, false);
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
  if (!outcome.why_not) acks_->last_channel = sent.channel, acks_->last = sent.at, trace_acknowledged(sent.channel, sent.at);
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

}  // namespace herald
