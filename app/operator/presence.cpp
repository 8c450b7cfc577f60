#include "app/operator/presence.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace herald::app {

presence::news presence::heard(node_facts facts, clock::time_point now) {
  forget(now);
  const auto known = by_instance_.find(facts.id.instance);
  if (known == by_instance_.end() && by_instance_.size() >= max_nodes) return news::refused;
  const bool came = known == by_instance_.end() || state_of(known->second, now) != state::live;
  auto instance = facts.id.instance;
  by_instance_.insert_or_assign(std::move(instance), entry{std::move(facts), now});
  return came ? news::came : news::known;
}

void presence::said_goodbye(const node_id& who, clock::time_point now) {
  const auto known = by_instance_.find(who.instance);
  if (known == by_instance_.end() || known->second.facts.id != who) return;
  known->second.is_gone = true;
  known->second.heard = now;
}

std::vector<presence::node> presence::nodes(clock::time_point now) {
  forget(now);
  std::vector<node> result;
  for (const auto& [instance, one] : by_instance_)
    result.push_back({one.facts, state_of(one, now), std::chrono::duration_cast<std::chrono::milliseconds>(now - one.heard)});
  std::ranges::sort(result, {}, [](const node& x) { return std::tie(x.facts.id.name, x.facts.id.instance); });
  return result;
}

std::size_t presence::live(clock::time_point now) {
  return static_cast<std::size_t>(
    std::ranges::count_if(by_instance_, [&](const auto& x) { return state_of(x.second, now) == state::live; }));
}

presence::state presence::state_of(const entry& what, clock::time_point now) const {
  if (what.is_gone) return state::gone;
  return now - what.heard > silence_max ? state::silent : state::live;
}

void presence::forget(clock::time_point now) {
  std::erase_if(by_instance_, [&](const auto& x) {
    return now - x.second.heard > (x.second.is_gone ? memory : memory + silence_max);
  });
}

}  // namespace herald::app
