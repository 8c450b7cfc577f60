#include "app/drain/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

namespace herald::app {
namespace {

using namespace std::chrono_literals;

/// Who will take clients. Of two of one name the later one: the other was killed, and nobody has noticed yet.
std::vector<const node_facts*> takers(const fleet_view& fleet) {
  std::map<std::string_view, const presence::node*> latest;
  for (std::size_t i = 1; i < fleet.nodes.size(); ++i) {
    auto& known = latest[fleet.nodes[i].facts.id.name];
    if (known == nullptr || known->facts.started_ms < fleet.nodes[i].facts.started_ms) known = &fleet.nodes[i];
  }
  std::vector<const node_facts*> result;
  for (const auto& [name, node] : latest)
    if (node->now == presence::state::live && !node->facts.draining && node->facts.not_ready.empty()) result.push_back(&node->facts);
  return result;
}

/// As a balancer does that gives each client to the node with least: up to one level, which those above it don't reach.
void fill_least_first(std::vector<drain_forecast::other>& nodes, std::uint64_t clients) {
  std::vector<drain_forecast::other*> by_connections;
  for (auto& one : nodes) by_connections.push_back(&one);
  std::ranges::sort(by_connections, {}, &drain_forecast::other::connections_now);
  std::uint64_t before = 0;
  for (std::size_t count = 1; count <= by_connections.size(); ++count) {
    before += by_connections[count - 1]->connections_now;
    const auto level = (before + clients) / count;
    if (count < by_connections.size() && level > by_connections[count]->connections_now) continue;
    for (std::size_t i = 0; i < count; ++i)
      by_connections[i]->connections_after_least_first = level + (i < (before + clients) % count ? 1 : 0);
    return;
  }
}

std::string seconds(std::chrono::milliseconds time) {
  return std::to_string(time.count() / 1000) + " s";
}

/// Everything that speaks against it, so that nobody has to ask again after each.
std::vector<std::string> reasons_against(const forecast_input& from, const drain_forecast& so_far) {
  std::vector<std::string> result;
  if (!from.shares_backplane)
    result.emplace_back("what clients have not got yet is kept in this node's memory alone (backplane memory): it ends with the node");
  if (from.shares_backplane && !from.is_backplane_there)
    result.emplace_back("this node does not reach its backplane: nobody knows how far its clients have got");
  if (from.shares_backplane && !from.fleet.is_hearing)
    result.emplace_back("this node does not hear the others: it can't say whether there are any");
  if (so_far.others.empty()) {
    result.emplace_back("no other node is live and ready: clients would have nowhere to go");
  } else {
    std::uint64_t room = 0;
    for (const auto& one : so_far.others) room += one.max_connections - std::min(one.max_connections, one.connections_now);
    if (room < from.sessions)
      result.push_back("the other nodes have room for " + std::to_string(room) + " more connections (max-connections), and there are " +
                       std::to_string(from.sessions) + " here");
  }
  if (from.log_max_age < longest_absence)
    result.push_back("logs are kept for " + seconds(from.log_max_age) + " only (log-max-age): a client may be away for " + seconds(longest_absence));
  if (from.logs.shortest && *from.logs.shortest < longest_absence)
    result.push_back("at the rate of now the log of " + from.logs.channel + " holds " + seconds(*from.logs.shortest) +
                     " (log-max-entries): a client may be away for " + seconds(longest_absence));
  if (from.logs.unknown > 0 && from.is_backplane_there)
    result.push_back(std::to_string(from.logs.unknown) + " of " + std::to_string(from.logs.looked_at) + " logs could not be looked at");
  return result;
}

}  // namespace

drain_forecast forecast(const forecast_input& from) {
  drain_forecast result;
  result.sessions = from.sessions;
  result.plan = from.plan;
  result.logs = from.logs;
  result.closing = from.plan.time_for(from.sessions);
  result.reconnect_within = from.plan.reconnect_within(from.sessions);
  const auto busy_s = std::max<double>(0.001, std::chrono::duration<double>(std::max(result.closing, result.reconnect_within)).count());
  result.reconnects_per_s = static_cast<double>(from.sessions) / busy_s;
  const auto others = takers(from.fleet);
  const auto count = static_cast<double>(others.size());
  for (const auto* facts : others) {
    const auto own_cpus = static_cast<double>(from.fleet.nodes.front().facts.cpu_thousandths) / 1000;
    const auto cpus = static_cast<double>(facts->cpu_thousandths) / 1000;
    const auto share = static_cast<std::uint64_t>(std::lround(static_cast<double>(from.sessions) / count));
    result.others.push_back({facts->id.name, facts->connections, facts->connections + share, facts->connections, facts->max_connections,
                             result.reconnects_per_s / count, cpus, cpus + own_cpus / count});
  }
  fill_least_first(result.others, from.sessions);
  result.reasons = reasons_against(from, result);
  return result;
}

}  // namespace herald::app
