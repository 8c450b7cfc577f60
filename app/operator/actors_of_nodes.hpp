#pragma once

#include "app/operator/actors_query.hpp"
#include "app/operator/fleet.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::app {

/// What `/admin/actors` answers where other nodes were asked, too.
struct actors_of_nodes {
  std::string_view node;     ///< This one.
  std::int64_t time_ms = 0;  ///< Unix time.
  actors_question asked;
  fleet_answers from;
};

/// Joins what the nodes found, the first first: what stands still, then as many actors as were asked for. Who did not answer, or not with a
/// list, is named. Nothing where no node has the name that was asked for.
/// Bound: 256 shards that stand still.
std::optional<std::string> to_json(actors_of_nodes what);

}  // namespace herald::app
