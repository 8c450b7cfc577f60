#include "actors/user_router.hpp"

#include "actors/random.hpp"
#include "actors/session.hpp"

#include <algorithm>

namespace herald {

user_router::user_router(caf::actor_config& cfg, std::string user, directory_actor directory, bridge_actor bridge,
                         const actor_rules& rules)
  : pinned(cfg), directory_(std::move(directory)), bridge_(std::move(bridge)), rules_(rules) {
  user_.status.name = channel::user(user);
  broadcast_.status.name = channel::broadcast();
  set_down_handler([this](const caf::down_msg& down) { forget(down.source); });
}

user_router::behavior_type user_router::make_behavior() {
  return {
    [this](const connect& newcomer) { on_connect(newcomer); },
    [this](const deliver& what) { on_deliver(what); },
    [this](const channel_status& status) { on_channel_status(status); },
    [this](const session_join& wish) { on_session_join(wish); },
    [this](const session_leave& wish) { on_session_leave(wish); },
    [this](const session_over& report) {
      on_session_over(report.who);
      return session_forgotten{};
    },
    [this](const describe_user&) { return on_describe(); },
    [this](const end_sessions& order) { return on_end_sessions(order); },
    [this](const close_sessions& order) { on_close_sessions(order); },
  };
}

void user_router::on_exit() {
  // Only a failure leaves sessions behind: their clients come back, and the directory spawns a router anew.
  for (auto& who : sessions_) send(who, close_session{close_reason::internal, {}});
  for (auto& newcomer : waiting_) send(newcomer.who, close_session{close_reason::internal, {}});
  sessions_.clear();
  waiting_.clear();
  groups_.clear();
  directory_ = nullptr;
  bridge_ = nullptr;
  pinned::on_exit();
}

void user_router::describe(actor_row& row) const {
  row.user = user_.status.name.name();
}

// -- from the directory -------------------------------------------------------

void user_router::on_connect(const connect& newcomer) {
  ++connections_;
  auto who = spawn_on<session>(home(), newcomer.who, user_router_actor{this}, bridge_, rules_);
  monitor(who);
  for (const auto& group : newcomer.who->groups) follow(group);
  waiting_.push_back({std::move(who), newcomer.who->groups});
  attach_waiting();
}

void user_router::on_deliver(const deliver& what) {
  const auto& to = what.run->to();
  const auto count = what.run->items().size();
  auto pass_on = [&](followed& channel, const std::vector<session_actor>& members) {
    for (const auto& who : members) send(who, what);
    stats().due.add(members.size() * count);
    if (members.empty()) stats().count_nobody(count);
    trace(*what.run, members.empty() ? trace_step::nobody : trace_step::router, members.size());
    if (auto position = what.run->last_position()) channel.status.position = position;
  };
  if (to.kind() != channel_kind::group)
    pass_on(of(to), sessions_);
  else if (auto* group = find(to))
    pass_on(*group, group->members);
  else
    stats().count_nobody(count), trace(*what.run, trace_step::nobody);
}

void user_router::on_channel_status(const channel_status& status) {
  const bool is_group = status.name.kind() == channel_kind::group;
  if (is_group && find(status.name) == nullptr) return;  // left meanwhile
  auto& channel = of(status.name);
  channel.status = status;
  channel.status.is_reset = false;
  channel.answered = true;
  for (const auto& who : is_group ? find(status.name)->members : sessions_) send(who, status);
  attach_waiting();
}

void user_router::on_close_sessions(const close_sessions& order) {
  auto tell = [&](const session_actor& who) { send(who, close_session{order.why, jitter(order.reconnect_within)}); };
  for (const auto& who : sessions_) tell(who);
  for (const auto& newcomer : waiting_) tell(newcomer.who);
}

sessions_ended user_router::on_end_sessions(const end_sessions& order) {
  for (const auto& who : sessions_) send(who, order);
  for (const auto& newcomer : waiting_) send(newcomer.who, order);
  return {sessions_.size() + waiting_.size()};
}

// -- from a session -----------------------------------------------------------

void user_router::on_session_join(const session_join& wish) {
  auto& group = follow(wish.what);
  if (std::ranges::find(group.members, wish.who) == group.members.end()) group.members.push_back(wish.who);
  if (group.answered) send(wish.who, group.status);
}

void user_router::on_session_leave(const session_leave& wish) {
  if (auto* group = find(wish.what)) std::erase(group->members, wish.who);
  unfollow_unused();
}

void user_router::on_session_over(const session_actor& who) {
  demonitor(who.address());
  forget(who.address());
}

void user_router::forget(const caf::actor_addr& who) {
  auto is_who = [&](const session_actor& x) { return x.address() == who; };
  std::erase_if(sessions_, is_who);
  std::erase_if(waiting_, [&](const waiting_session& x) { return is_who(x.who); });
  for (auto& group : groups_) std::erase_if(group.members, is_who);
  unfollow_unused();
  if (sessions_.empty() && waiting_.empty())
    send(directory_, router_idle{user_.status.name.name(), connections_});
}

// -- channels -----------------------------------------------------------------

bool user_router::is_answered(const std::vector<channel>& groups) const {
  return user_.answered && broadcast_.answered
         && std::ranges::all_of(groups, [this](const channel& x) { return find(x)->answered; });
}

void user_router::attach_waiting() {
  for (std::size_t i = 0; i < waiting_.size();) {
    if (!is_answered(waiting_[i].groups)) {
      ++i;
      continue;
    }
    attach(waiting_[i]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void user_router::attach(const waiting_session& newcomer) {
  attached to{{user_.status, broadcast_.status}};
  for (const auto& name : newcomer.groups) {
    auto* group = find(name);
    group->members.push_back(newcomer.who);
    to.channels.push_back(group->status);
  }
  sessions_.push_back(newcomer.who);
  send(newcomer.who, std::move(to));
}

user_router::followed_group& user_router::follow(const channel& group) {
  if (auto* known = find(group)) return *known;
  send(directory_, join{group, user_router_actor{this}});
  groups_.emplace_back().status.name = group;
  return groups_.back();
}

void user_router::unfollow_unused() {
  std::erase_if(groups_, [this](const followed_group& group) {
    const auto& name = group.status.name;
    auto wants = [&](const waiting_session& x) { return std::ranges::find(x.groups, name) != x.groups.end(); };
    if (!group.members.empty() || std::ranges::any_of(waiting_, wants)) return false;
    send(directory_, leave{name, user_router_actor{this}});
    return true;
  });
}

user_router::followed_group* user_router::find(const channel& group) {
  auto found = std::ranges::find_if(groups_, [&](const auto& x) { return x.status.name == group; });
  return found != groups_.end() ? &*found : nullptr;
}

const user_router::followed_group* user_router::find(const channel& group) const {
  return const_cast<user_router*>(this)->find(group);
}

user_router::followed& user_router::of(const channel& name) {
  switch (name.kind()) {
    case channel_kind::user: return user_;
    case channel_kind::broadcast: return broadcast_;
    case channel_kind::group: break;
  }
  return *find(name);
}

}  // namespace herald
