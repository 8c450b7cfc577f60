#pragma once

#include "actors/stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace herald::app {

/// What the fleet counts. Written by its thread and the bridge's; read by the metrics.
struct fleet_stats {
  counter live;                ///< Other nodes that are heard now.
  counter bad_messages;        ///< Heard, and no node of ours would say it.
  counter questions;           ///< Asked here.
  counter unanswered;          ///< … nodes that did not answer in time, all questions together.
  counter answered;            ///< Questions answered for this node, its own included.
  counter refused;             ///< Questions that were too many to ask, or to answer.
  std::atomic<std::uint64_t> lost{0};     ///< Messages that came while too much waited.
  std::atomic<std::size_t> waiting_bytes{0};  ///< Heard, not looked at yet.
};

}  // namespace herald::app
