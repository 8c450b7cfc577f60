#pragma once

#include "chaos/account.hpp"
#include "chaos/steady_publisher.hpp"
#include "chaos/wanderers.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace herald::load {

/// A moment that an outside script named, and what came until the next one, or until publishing ended. Times are from the moment at
/// which publishing began.
struct chaos_mark {
  std::string name;
  nanos at = 0;
  nanos whole_after = 0; ///< see account::whole_after; negative: never
  stretch felt;
  chaos_portion sent;
};

struct chaos_channel {
  std::string name;
  std::uint32_t submitted = 0;
  std::vector<std::uint32_t> undecided; ///< numbers that were never answered 202
  std::vector<std::uint32_t> excused;   ///< numbers that a reset gave up for at least one session
};

/// All that a chaos run found out.
struct chaos_results {
  std::uint64_t sessions_asked = 0;
  std::string run_id;
  nanos took = 0; ///< from the first publish to the end of publishing
  nanos settling = 0;
  chaos_verdict account;
  wandering clients;
  publishing published;
  std::uint64_t held_back = 0;
  nanos max_lateness = 0;
  std::vector<chaos_mark> marks;
  std::vector<moment> moments; ///< from the first mark on
  std::vector<chaos_channel> channels;
  std::vector<std::string> examples;
  std::string aborted;

  /// Nothing was lost, doubled or out of order without a reset, nothing was damaged, and the run was what was asked for.
  bool flawless() const { return aborted.empty() && account.flawless() && account.accepted > 0 && clients.damaged == 0 && clients.ready == sessions_asked; }
};

} // namespace herald::load
