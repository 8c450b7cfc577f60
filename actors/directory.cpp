#include "actors/directory.hpp"

#include "actors/random.hpp"
#include "actors/user_router.hpp"

#include <algorithm>

namespace herald {

directory::directory(caf::actor_config& cfg, bridge_actor bridge, const actor_rules& rules)
  : pinned(cfg), bridge_(std::move(bridge)), rules_(rules) {
  set_down_handler([this](const caf::down_msg& down) { on_router_down(down.source); });
}

directory::behavior_type directory::make_behavior() {
  return {
    [this](const connect& newcomer) { on_connect(newcomer); },
    [this](const deliver& what) { on_deliver(what); },
    [this](const channel_changed& change) { on_channel_changed(change); },
    [this](const join& wish) { on_join(wish); },
    [this](const leave& wish) { on_leave(wish); },
    [this](const router_idle& report) { on_router_idle(report); },
    [this](const linger_over& report) { on_linger_over(report); },
    [this](const next_slice&) { run_slices(); },
    [this](const end_sessions& order) { return on_end_sessions(order); },
    [this](const describe_user& asked) { return on_describe_user(asked); },
    [this](const describe_groups& asked) { return on_describe_groups(asked); },
    [this](const describe_trace& asked) { return home().traces().find(asked.id); },
    [this](const close_sessions& order) { on_close_sessions(order); },
    [this](const send_away& order) { on_send_away(order); },
    [this](const let_stay&) { on_let_stay(); },
    [this](const departure_due& report) { on_departure_due(report); },
    [this](const move_sessions& order) { return on_move_sessions(order); },
    [this](const sample_users& asked) { return on_sample_users(asked); },
  };
}

void directory::on_exit() {
  for (auto& [name, entry] : users_) send_exit(entry.router, caf::exit_reason::user_shutdown);
  users_.clear();
  topics_.clear();
  fan_outs_.clear();
  bridge_ = nullptr;
  pinned::on_exit();
}

// -- connections --------------------------------------------------------------

void directory::on_connect(const connect& newcomer) {
  if (ending_) return newcomer.who->out->close(ending_->why, jitter(ending_->reconnect_within));
  auto user = channel::user(newcomer.who->user);
  auto known = users_.find(user);
  auto& entry = known != users_.end() ? known->second : spawn_router(user);
  ++entry.connections;
  send(entry.router, newcomer);
}

directory::user_entry& directory::spawn_router(const channel& user) {
  auto& entry = users_[user];
  entry.status.name = user;
  entry.router = spawn_on<user_router>(home(), user.name(), directory_actor{this}, bridge_, rules_);
  monitor(entry.router);
  auto& everybody = follow(channel::broadcast());
  entry.broadcast_place = everybody.members->add(entry.router);
  if (everybody.answered) send(entry.router, everybody.status);
  send(bridge_, subscribe{user, directory_actor{this}});
  return entry;
}

void directory::on_router_idle(const router_idle& report) {
  auto user = channel::user(report.user);
  auto known = users_.find(user);
  if (known == users_.end() || known->second.connections != report.connections) return;
  delayed_send(this, rules_.user_linger, linger_over{std::move(user), report.connections});
}

void directory::on_linger_over(const linger_over& report) {
  if (report.what.kind() != channel_kind::user) {
    auto known = topics_.find(report.what);
    if (known != topics_.end() && known->second.generation == report.generation) unfollow_if_unused(report.what);
    return;
  }
  auto known = users_.find(report.what);
  if (known != users_.end() && known->second.connections == report.generation) retire(report.what);
}

void directory::retire(const channel& user) {
  auto entry = users_.extract(user);
  auto& router = entry.mapped().router;
  topics_.at(channel::broadcast()).members->remove(entry.mapped().broadcast_place);
  unfollow_if_unused(channel::broadcast());
  send(bridge_, unsubscribe{user, directory_actor{this}});
  demonitor(router.address());  // or each of thousands that leave at once would be looked for among all that stay
  send_exit(router, caf::exit_reason::user_shutdown);
}

void directory::on_router_down(const caf::actor_addr& who) {
  // It has failed. Its sessions close, and come back.
  auto failed = std::ranges::find_if(users_, [&](const auto& x) { return x.second.router.address() == who; });
  if (failed == users_.end()) return;
  auto router = failed->second.router;
  const auto user = failed->first;
  for (auto& [name, topic] : topics_)
    if (name.kind() == channel_kind::group && topic.members->remove(router)) linger_if_unused(name, topic);
  retire(user);
}

void directory::on_close_sessions(const close_sessions& order) {
  if (order.user.empty()) {
    if (order.why == close_reason::drain || order.why == close_reason::shutdown) ending_ = order;
    for (const auto& [name, entry] : users_) send(entry.router, order);
  } else if (auto known = users_.find(channel::user(order.user)); known != users_.end()) {
    send(known->second.router, order);
  }
}

caf::typed_response_promise<sessions_ended> directory::on_end_sessions(const end_sessions& order) {
  auto promise = make_response_promise<sessions_ended>();
  const auto known = users_.find(channel::user(order.what.id));
  if (known == users_.end())
    promise.deliver(sessions_ended{0});
  else
    promise.delegate(known->second.router, order);
  return promise;
}

caf::typed_response_promise<user_facts> directory::on_describe_user(const describe_user& asked) {
  auto promise = make_response_promise<user_facts>();
  const auto known = users_.find(channel::user(asked.user));
  if (known == users_.end())
    promise.deliver(user_facts{});
  else
    promise.delegate(known->second.router, asked);
  return promise;
}

groups_facts directory::on_describe_groups(const describe_groups& asked) const {
  groups_facts result;
  const auto describe = [](const channel& name, const topic_entry& topic) {
    return group_facts{std::string{name.id()}, topic.members->size(), topic.answered && topic.status.live, topic.status.position};
  };
  if (!asked.only.empty()) {
    const auto known = topics_.find(channel::group(asked.only));
    if (known != topics_.end()) result.top.push_back(describe(known->first, known->second));
    result.groups_in_all = result.top.size();
    return result;
  }
  // Only as many as are wanted are kept and copied: there may be very many.
  std::vector<const std::pair<const channel, topic_entry>*> all;
  for (const auto& one : topics_)
    if (one.first.kind() == channel_kind::group && !one.second.members->empty()) all.push_back(&one);
  result.groups_in_all = all.size();
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(asked.most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const auto* a, const auto* b) { return a->second.members->size() > b->second.members->size(); });
  for (auto one = all.begin(); one != end; ++one) result.top.push_back(describe((*one)->first, (*one)->second));
  return result;
}

// -- channels -----------------------------------------------------------------

void directory::on_channel_changed(const channel_changed& change) {
  auto update = [&](auto& entry) {
    entry.status.live = change.status.live;
    if (change.status.position) entry.status.position = change.status.position;
    entry.answered = true;
  };
  if (auto user = users_.find(change.status.name); user != users_.end()) {
    update(user->second);
    auto status = user->second.status;
    status.is_reset = change.status.is_reset;
    send(user->second.router, std::move(status));
  } else if (auto topic = topics_.find(change.status.name); topic != topics_.end()) {
    update(topic->second);
    // In its turn: a position must not overtake the runs before it.
    auto status = topic->second.status;
    status.is_reset = change.status.is_reset;
    begin_fan_out(topic->second, nullptr, std::move(status));
  }
}

void directory::on_join(const join& wish) {
  auto& topic = follow(wish.what);
  topic.members->add(wish.who);
  if (topic.answered) send(wish.who, topic.status);
}

void directory::on_leave(const leave& wish) {
  auto known = topics_.find(wish.what);
  if (known == topics_.end() || !known->second.members->remove(wish.who)) return;
  linger_if_unused(known->first, known->second);
}

void directory::linger_if_unused(const channel& name, const topic_entry& topic) {
  if (topic.members->empty()) delayed_send(this, rules_.user_linger, linger_over{name, topic.generation});
}

directory::topic_entry& directory::follow(const channel& name) {
  auto [where, is_new] = topics_.try_emplace(name);
  auto& topic = where->second;
  ++topic.generation;
  if (is_new) {
    topic.status.name = name;
    send(bridge_, subscribe{name, directory_actor{this}});
  }
  return topic;
}

void directory::unfollow_if_unused(const channel& name) {
  auto known = topics_.find(name);
  if (known == topics_.end() || !known->second.members->empty()) return;
  topics_.erase(known);
  send(bridge_, unsubscribe{name, directory_actor{this}});
}

// -- notifications ------------------------------------------------------------

void directory::on_deliver(const deliver& what) {
  if (what.run->to().kind() == channel_kind::user)
    deliver_to_user(what);
  else
    deliver_to_topic(what);
}

void directory::deliver_to_user(const deliver& what) {
  auto known = users_.find(what.run->to());
  if (known == users_.end()) {
    stats().count_nobody(what.run->items().size());
    trace(*what.run, trace_step::nobody);
  } else {
    trace(*what.run, trace_step::directory, 1);
    if (auto position = what.run->last_position()) known->second.status.position = position;
    send(known->second.router, what);
  }
  count_forwarded(*what.run);
}

void directory::deliver_to_topic(const deliver& what) {
  auto known = topics_.find(what.run->to());
  if (known != topics_.end())
    // Also where nobody is left: who joins within the linger must not be told a position before it.
    if (auto position = what.run->last_position()) known->second.status.position = position;
  if (known == topics_.end() || known->second.members->empty()) {
    stats().count_nobody(what.run->items().size());
    trace(*what.run, trace_step::nobody);
    count_forwarded(*what.run);
    return;
  }
  auto& topic = known->second;
  trace(*what.run, trace_step::directory, topic.members->size());
  begin_fan_out(topic, what.run, topic.status);
}

void directory::begin_fan_out(const topic_entry& topic, batch_ptr run, channel_status status) {
  fan_outs_.push_back({std::move(run), std::move(status), topic.members, topic.members->begin_fan_out()});
  if (fan_outs_.size() == 1) run_slices();
}

void directory::run_slices() {
  auto budget = rules_.fan_out_slice;
  while (!fan_outs_.empty() && budget > 0) {
    auto& now = fan_outs_.front();
    const auto from = now.next;
    const deliver what{now.run};
    now.next = now.members->for_each(now.number, from, budget, [&](const user_router_actor& who) {
      if (now.run)
        send(who, what);
      else
        send(who, now.status);
    });
    budget -= std::min<std::size_t>(budget, now.next - from);
    if (!now.members->is_end(now.next)) break;
    if (now.run) count_forwarded(*now.run);
    fan_outs_.pop_front();
  }
  if (!fan_outs_.empty()) send(this, next_slice{});
}

void directory::count_forwarded(const batch& run) {
  passed_on_.runs += 1;
  passed_on_.bytes += run.data_bytes();
  passed_on_weight_ += run.data_bytes() + run.items().size() * batch::item_overhead_bytes;
  if (passed_on_weight_ < rules_.forwarded_chunk_bytes) return;
  send(bridge_, passed_on_);
  passed_on_ = {0, 0};
  passed_on_weight_ = 0;
}

}  // namespace herald
