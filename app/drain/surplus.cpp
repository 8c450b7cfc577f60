#include "app/drain/surplus.hpp"

#include <algorithm>
#include <cmath>

namespace herald::app {
namespace {

bool is_settled(const presence::node& what) {
  const auto& of = what.facts;
  return !of.draining && of.not_ready.empty() && of.healing == 0 && of.behind_ms == 0 && of.backplane_away_ms == 0;
}

}  // namespace

std::size_t surplus(const fleet_view& fleet, std::size_t tolerance_percent) {
  if (!fleet.is_hearing) return 0;
  std::uint64_t nodes = 0, connections = 0;
  for (const auto& one : fleet.nodes) {
    if (one.now == presence::state::gone) continue;
    if (one.now == presence::state::silent || !is_settled(one)) return 0;
    ++nodes;
    connections += one.facts.connections;
  }
  if (nodes < 2) return 0;
  const auto mean = static_cast<double>(connections) / static_cast<double>(nodes);
  const auto own = static_cast<double>(fleet.nodes.front().facts.connections);
  const auto tolerated = std::max(mean * static_cast<double>(tolerance_percent) / 100, std::sqrt(mean) / 2);
  return own > mean + tolerated ? static_cast<std::size_t>(own - mean) : 0;
}

}  // namespace herald::app
