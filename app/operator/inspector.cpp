#include "app/operator/inspector.hpp"

#include <algorithm>
#include <unordered_map>

namespace herald::app {

using std::chrono::milliseconds;

struct inspector::user_gathering {
  inspect_user asked;
  user_view view;
  std::size_t open = 0;

  void settle() {
    if (--open == 0) asked.done(std::move(view));
  }
};

struct inspector::groups_gathering {
  inspect_groups asked;
  std::unordered_map<std::string, group_facts> found;
  groups_view view;
  std::size_t open = 0;

  void add(const groups_facts& some);
  void settle();
};

inspector::inspector(caf::actor_config& cfg, bridge_actor bridge, std::vector<directory_actor> directories, shard_of_user shard_of)
  : pinned(cfg), bridge_(std::move(bridge)), directories_(std::move(directories)), shard_of_(std::move(shard_of)) {}

inspector::behavior_type inspector::make_behavior() {
  return {
    [this](const inspect_user& asked) { on_user(asked); },
    [this](const inspect_groups& asked) { on_groups(asked); },
    [this](const inspect_trace& asked) { on_trace(asked); },
    [this](const inspect_channel& asked) {
      request(bridge_, asked.within, look_at_channel{asked.what})
        .then([done = asked.done](const channel_facts& found) { done(found); },
              [done = asked.done](const caf::error&) {
                channel_facts nothing;
                nothing.why_not = failure{errc::unavailable, "the backplane did not answer", {}};
                done(std::move(nothing));
              });
    },
    [this](const inspect_backplane& asked) {
      request(bridge_, asked.within, describe_backplane{})
        .then([done = asked.done](const backplane_facts& found) { done(found); },
              [done = asked.done](const caf::error&) { done(failure{errc::unavailable, "the bridge's shard did not answer", {}}); });
    },
  };
}

void inspector::on_exit() {
  bridge_ = nullptr;
  directories_.clear();
  pinned::on_exit();
}

// -- a user -------------------------------------------------------------------

void inspector::on_user(const inspect_user& asked) {
  auto so_far = std::make_shared<user_gathering>(user_gathering{asked, {}, 1});
  so_far->view.user = asked.user;
  so_far->view.shard = shard_of_(asked.user);
  // Half of the time for the shard: what its sessions have acknowledged is asked for afterwards.
  request(directories_[so_far->view.shard], asked.within / 2, describe_user{asked.user})
    .then(
      [this, so_far](const user_facts& found) {
        so_far->view.facts = found;
        find_acknowledged(so_far);
      },
      [so_far](const caf::error&) {
        so_far->view.is_stuck = true;
        so_far->settle();
      });
}

void inspector::find_acknowledged(const std::shared_ptr<user_gathering>& so_far) {
  std::vector<std::string> devices;
  for (const auto& one : so_far->view.facts.sessions)
    if (!one.device.empty() && std::ranges::find(devices, one.device) == devices.end()) devices.push_back(one.device);
  devices.resize(std::min(devices.size(), max_devices));
  so_far->open += devices.size();
  for (const auto& device : devices)
    request(bridge_, so_far->asked.within / 2, find_positions{so_far->view.user, device})
      .then(
        [so_far, device](const positions& found) {
          so_far->view.acknowledged.emplace_back(device, found);
          so_far->settle();
        },
        [so_far](const caf::error&) { so_far->settle(); });
  so_far->settle();
}

// -- groups -------------------------------------------------------------------

void inspector::on_groups(const inspect_groups& asked) {
  auto so_far = std::make_shared<groups_gathering>();
  so_far->asked = asked;
  so_far->open = directories_.size();
  for (std::size_t shard = 0; shard < directories_.size(); ++shard)
    request(directories_[shard], asked.within, describe_groups{asked.most, asked.only})
      .then(
        [so_far](const groups_facts& some) {
          so_far->add(some);
          so_far->settle();
        },
        [so_far, shard](const caf::error&) {
          so_far->view.stuck_shards.push_back(shard);
          so_far->settle();
        });
}

// -- a notification -----------------------------------------------------------

void inspector::on_trace(const inspect_trace& asked) {
  struct gathering {
    inspect_trace asked;
    trace_view view;
    std::size_t open;

    void settle() {
      if (--open == 0) asked.done(std::move(view));
    }
  };
  auto so_far = std::make_shared<gathering>(gathering{asked, {}, directories_.size()});
  so_far->view.started_ms = started_ms_;
  for (std::size_t shard = 0; shard < directories_.size(); ++shard)
    request(directories_[shard], asked.within, describe_trace{asked.id})
      .then(
        [so_far, shard](const trace_facts& found) {
          so_far->view.shards.emplace_back(shard, found);
          so_far->settle();
        },
        [so_far, shard](const caf::error&) {
          so_far->view.stuck_shards.push_back(shard);
          so_far->settle();
        });
}

// -- groups, together ---------------------------------------------------------

void inspector::groups_gathering::add(const groups_facts& some) {
  if (some.groups_in_all > some.top.size()) view.is_complete = false;
  view.groups_in_all += some.groups_in_all - some.top.size();
  for (const auto& one : some.top) {
    auto [known, is_new] = found.try_emplace(one.id, one);
    if (is_new) continue;
    known->second.users += one.users;
    known->second.is_live = known->second.is_live && one.is_live;
  }
}

void inspector::groups_gathering::settle() {
  if (--open > 0) return;
  view.groups_in_all += found.size();
  for (auto& [id, one] : found) view.top.push_back(std::move(one));
  std::ranges::sort(view.top, [](const group_facts& a, const group_facts& b) { return a.users != b.users ? a.users > b.users : a.id < b.id; });
  if (view.top.size() > asked.most) {
    view.top.resize(asked.most);
    view.is_complete = false;
  }
  asked.done(std::move(view));
}

}  // namespace herald::app
