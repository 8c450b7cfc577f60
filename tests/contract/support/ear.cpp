#include "tests/contract/support/ear.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace herald::contract {

using lock = std::unique_lock<std::recursive_mutex>;

bool ear::wait(const std::function<bool()>& is_true) {
  lock guard{mutex_};
  auto end = std::chrono::steady_clock::now() + patience;
  // Not everything that a test waits for is told by a message: look again now and then.
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > end) return false;
    changed_.wait_for(guard, std::chrono::milliseconds{10});
  }
  return true;
}

bool ear::wait_for_last(std::string_view channel, std::string_view id) {
  return wait([&] {
    const auto all = items_of(channel);
    return !all.empty() && all.back().what.id == id;
  });
}

std::vector<ear::item> ear::items(std::size_t count) {
  wait([&] { return items_.size() >= count; });
  lock guard{mutex_};
  return items_;
}

std::vector<ear::item> ear::items_of(std::string_view channel) const {
  lock guard{mutex_};
  std::vector<item> out;
  std::ranges::copy_if(items_, std::back_inserter(out), [&](const item& x) { return x.channel == channel; });
  return out;
}

std::vector<std::string> ear::data_of(std::string_view channel) const {
  std::vector<std::string> out;
  for (auto& x : items_of(channel)) out.push_back(x.what.data);
  return out;
}

std::vector<channel_status> ear::changes(const channel& of, std::size_t count) {
  wait([&] { return changes_so_far(of).size() >= count; });
  return changes_so_far(of);
}

std::vector<channel_status> ear::changes_so_far(const channel& of) const {
  lock guard{mutex_};
  std::vector<channel_status> out;
  std::ranges::copy_if(changes_, std::back_inserter(out), [&](const channel_status& x) { return x.name == of; });
  return out;
}

void ear::hold() {
  lock guard{mutex_};
  holding_ = true;
}

void ear::release(const bridge_actor& bridge) {
  lock guard{mutex_};
  holding_ = false;
  caf::anon_send(bridge, std::exchange(held_, {0, 0}));
}

std::size_t ear::bytes() const {
  lock guard{mutex_};
  return bytes_;
}

std::size_t ear::largest_run() const {
  lock guard{mutex_};
  return largest_run_;
}

std::size_t ear::largest_run_bytes() const {
  lock guard{mutex_};
  return largest_run_bytes_;
}

void ear::hear(const channel_changed& change) {
  lock guard{mutex_};
  changes_.push_back(change.status);
  changed_.notify_all();
}

forwarded ear::hear(const deliver& what) {
  lock guard{mutex_};
  const auto& run = *what.run;
  for (const auto& x : run.items()) items_.push_back({run.to().name(), x});
  bytes_ += run.data_bytes();
  largest_run_ = std::max(largest_run_, run.items().size());
  if (run.items().size() > 1) largest_run_bytes_ = std::max(largest_run_bytes_, run.data_bytes());
  changed_.notify_all();
  held_.runs += 1;
  held_.bytes += run.data_bytes();
  return holding_ ? forwarded{0, 0} : std::exchange(held_, {0, 0});
}

hearing_directory::hearing_directory(caf::actor_config& cfg, bridge_actor bridge, std::shared_ptr<ear> heard)
  : pinned(cfg), bridge_(std::move(bridge)), heard_(std::move(heard)) {}

hearing_directory::behavior_type hearing_directory::make_behavior() {
  return {
    [](const connect&) {},
    [this](const deliver& what) {
      if (auto passed_on = heard_->hear(what); passed_on.runs > 0) send(bridge_, passed_on);
    },
    [this](const channel_changed& change) { heard_->hear(change); },
    [](const join&) {},
    [](const leave&) {},
    [](const router_idle&) {},
    [](const linger_over&) {},
    [](const next_slice&) {},
    [](const end_sessions&) { return sessions_ended{0}; },
      [](const describe_user&) { return user_facts{}; },
      [](const describe_groups&) { return groups_facts{}; },
      [](const describe_trace&) { return trace_facts{}; },
      [](const close_sessions&) {},
      [](const send_away&) {},
      [](const let_stay&) {},
      [](const departure_due&) {},
      [](const move_sessions&) { return sessions_ended{0}; },
      [](const sample_users&) { return users_sample{}; },
  };
}

void hearing_directory::on_exit() {
  bridge_ = nullptr;
  pinned::on_exit();
}

}  // namespace herald::contract
