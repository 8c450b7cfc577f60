#pragma once

#include "app/operator/fleet.hpp"

#include <cstddef>

namespace herald::app {

/// How many connections this node has more than it should: none while it is not well above the mean of the fleet, and none while anything
/// else is going on (a node drains, is silent, not ready or heals), because then the figures change by themselves.
/// `tolerance_percent`: of the mean. With few connections chance alone makes larger differences: then they are tolerated.
/// Pure.   @pre this node is the first one
std::size_t surplus(const fleet_view& fleet, std::size_t tolerance_percent);

}  // namespace herald::app
