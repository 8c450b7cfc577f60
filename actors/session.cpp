#include "actors/session.hpp"

#include "actors/message_id.hpp"

#include <algorithm>
#include <utility>

namespace herald {
namespace {

/// A client that says more before its welcome is not one of ours.
constexpr std::size_t max_early_commands = 32;

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
    [this](const deliver& what) { on_deliver(*what.run); },
    [this](const channel_status& status) { on_channel_status(status); },
    [this](const client_command& asked) { on_command(asked); },
    [this](const link_closed&) { link_ = nullptr, quit(); },
    [this](const close_session& order) { close(order.why, order.reconnect_after); },
  };
}

void session::on_exit() {
  // Only a failure gets here with a link that is open: the client must not be left talking to nobody.
  if (link_) std::exchange(link_, nullptr)->close(close_reason::internal, {});
  stats().group_memberships.sub(groups_.size());
  router_ = nullptr;
  bridge_ = nullptr;
  pinned::on_exit();
}

// -- from the router ----------------------------------------------------------

void session::on_attached(const attached& to) {
  link_->send({event::welcome{who_->session_id, rules_.node, who_->user, rules_.ping_interval, to.channels}, {}});
  welcomed_ = true;
  for (const auto& asked : std::exchange(early_, {})) carry_out(asked);
}

void session::on_deliver(const batch& run) {
  const auto count = run.items().size();
  if (run.to().kind() == channel_kind::group && !is_in(run.to())) {
    stats().nobody_here.add(count);  // it left while this was on its way
  } else if (closing_) {
    stats().drop(drop_reason::closing).add(count);
  } else if (link_->deliver(run)) {
    stats().delivered.add(count);
  } else {
    stats().drop(drop_reason::slow).add(count);
    close(close_reason::slow, std::chrono::seconds{1});
  }
}

void session::on_channel_status(const channel_status& status) {
  if (status.name.kind() == channel_kind::group && !is_in(status.name)) return;
  bool told = false;
  for (const auto& wish : awaited_)
    if (wish.name == status.name) told = true, link_->send({event::subscribed{status}, wish.ref});
  std::erase_if(awaited_, [&](const awaited& wish) { return wish.name == status.name; });
  if (!told) link_->send({event::subscribed{status}, {}});
}

// -- from the client ----------------------------------------------------------

void session::on_command(const client_command& asked) {
  stats().client_commands.add();
  if (welcomed_) return carry_out(asked);
  if (early_.size() >= max_early_commands) return close(close_reason::abuse);
  early_.push_back(asked);
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
  awaited_.push_back({group, ref});
  if (!is_awaited) send(router_, session_join{std::move(group), session_actor{this}});
}

void session::on(const command::unsubscribe& asked, const request_ref& ref) {
  auto group = channel::group(asked.group);
  if (std::erase(groups_, group) > 0) {
    stats().group_memberships.sub();
    std::erase_if(awaited_, [&](const awaited& x) { return x.name == group; });
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

void session::on(const command::resume&, const request_ref& ref) {
  refuse({errc::not_supported, "this version can't resume yet: the session is live from its welcome on", {}}, ref);
}

void session::on(const command::ack&, const request_ref& ref) {
  refuse({errc::not_supported, "this version does not keep acknowledged positions yet", {}}, ref);
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
  link_->close(why, reconnect_after);
}

bool session::is_in(const channel& group) const {
  return std::ranges::find(groups_, group) != groups_.end();
}

}  // namespace herald
