#include "app/drain/forecast.hpp"

#include <algorithm>
#include <cmath>

namespace herald::app {
namespace {

using namespace std::chrono_literals;

bool takes_clients(const presence::node& what) {
  return what.now == presence::state::live && !what.facts.draining && what.facts.not_ready.empty();
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
  const auto others = static_cast<std::size_t>(std::count_if(from.fleet.nodes.begin() + !from.fleet.nodes.empty(), from.fleet.nodes.end(), takes_clients));
  for (std::size_t i = 1; i < from.fleet.nodes.size(); ++i) {
    const auto& facts = from.fleet.nodes[i].facts;
    if (!takes_clients(from.fleet.nodes[i])) continue;
    const auto& own = from.fleet.nodes.front().facts;
    const auto share = static_cast<double>(from.sessions) / static_cast<double>(others);
    const auto cpus = static_cast<double>(facts.cpu_thousandths) / 1000;
    result.others.push_back({facts.id.name, facts.connections, facts.connections + static_cast<std::uint64_t>(std::lround(share)), facts.max_connections,
                             result.reconnects_per_s / static_cast<double>(others), cpus,
                             cpus + static_cast<double>(own.cpu_thousandths) / 1000 / static_cast<double>(others)});
  }
  result.reasons = reasons_against(from, result);
  return result;
}

}  // namespace herald::app
