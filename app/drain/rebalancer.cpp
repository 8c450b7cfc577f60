#include "app/drain/rebalancer.hpp"

#include "actors/log.hpp"
#include "app/drain/surplus.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace herald::app {
namespace {

/// They go little by little, so they need not spread much.
constexpr std::chrono::milliseconds reconnect_within{1'000};

}  // namespace

rebalancer::rebalancer(caf::actor_config& cfg, rebalance_rules rules, fleet_actor fleet, std::vector<directory_actor> directories,
                       std::function<std::size_t(std::size_t)> sessions, const drain_status& drain, rebalance_stats& counts)
  : pinned(cfg), rules_(rules), fleet_(std::move(fleet)), directories_(std::move(directories)), sessions_(std::move(sessions)), drain_(drain),
    counts_(counts) {}

rebalancer::behavior_type rebalancer::make_behavior() {
  delayed_send(this, look_every, rebalance_tick{});
  return {
    [this](const rebalance_tick&) {
      delayed_send(this, look_every, rebalance_tick{});
      send(fleet_, show_fleet{[self = rebalancer_actor{this}](fleet_view what) { caf::anon_send(self, fleet_seen{std::move(what)}); }});
    },
    [this](const fleet_seen& now) { on_seen(now.what); },
  };
}

void rebalancer::on_exit() {
  fleet_ = nullptr;
  directories_.clear();
  sessions_ = nullptr;
  pinned::on_exit();
}

void rebalancer::on_seen(const fleet_view& what) {
  const auto found = drain_.is_draining() ? 0 : surplus(what, rules_.tolerance_percent);
  counts_.surplus.store(found);
  looks_ = found == 0 ? 0 : looks_ + 1;
  if (looks_ < patience) return;
  const auto most = rules_.most_per_s * static_cast<std::size_t>(look_every.count()) / 1000;
  move(std::min<std::size_t>(std::max<std::size_t>(found / 4, 1), most));
}

void rebalancer::move(std::size_t count) {
  std::size_t all = 0;
  for (std::size_t i = 0; i < directories_.size(); ++i) all += sessions_(i);
  if (all == 0) return;
  // Shares that add up to the count: each shard gets what its sessions and those before it are due, less what was given out.
  std::size_t before = 0, given = 0;
  for (std::size_t i = 0; i < directories_.size(); ++i) {
    before += sessions_(i);
    const auto due = count * before / all;
    if (due > given)
      request(directories_[i], std::chrono::seconds{5}, move_sessions{due - given, rules_.min_age, reconnect_within})
        .then([this](const sessions_ended& told) { counts_.moved.add(told.count); }, [](const caf::error&) {});
    given = due;
  }
  log::limited(log::level::info, "rebalancing", {{"connections", all}, {"surplus", counts_.surplus.get()}, {"moved_so_far", counts_.moved.get()}});
}

}  // namespace herald::app
