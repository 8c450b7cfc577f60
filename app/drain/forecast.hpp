#pragma once

#include "app/drain/plan.hpp"
#include "app/operator/fleet.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace herald::app {

/// For how long the logs hold what is published, at the rates of now: the shortest of the channels that were looked at.
struct log_cover {
  std::size_t looked_at = 0;               ///< Broadcast, the largest groups, and users who are connected, chosen at random.
  std::size_t unknown = 0;                 ///< … that could not be looked at.
  std::optional<std::chrono::milliseconds> shortest;  ///< Nothing where nothing was published meanwhile.
  std::string channel;                     ///< Whose it is.
};

/// What a drain of this node would be like, as things are now.
struct drain_forecast {
  struct other {
    std::string name;
    std::uint64_t connections_now = 0;
    std::uint64_t connections_after = 0;              ///< Where balancers spread clients evenly …
    std::uint64_t connections_after_least_first = 0;  ///< … or send each to who has least.
    std::uint64_t max_connections = 0;
    double reconnects_per_s = 0;
    double cpus_now = 0;
    double cpus_after = 0;
  };

  std::vector<std::string> reasons;  ///< Why not; empty: nothing speaks against it.
  std::size_t sessions = 0;
  drain_plan plan;
  std::chrono::milliseconds closing{0};           ///< Over how long sessions will be told to go.
  std::chrono::milliseconds reconnect_within{0};  ///< The last ones come back by this after it.
  double reconnects_per_s = 0;                    ///< At its height, on all others together.
  std::vector<other> others;                      ///< Those that are live, ready and stay.
  log_cover logs;
};

/// For how long a client may need to come back: most take a second, a phone in a tunnel longer. The logs have to hold what it misses.
inline constexpr std::chrono::seconds longest_absence{60};

struct forecast_input {
  fleet_view fleet;
  std::size_t sessions = 0;
  drain_plan plan;
  log_cover logs;
  std::chrono::milliseconds log_max_age{0};
  bool shares_backplane = true;   ///< False where what is kept is kept in this node alone.
  bool is_backplane_there = true;
};

/// Pure: no clock, no I/O. Takes it that each client costs another node what it costs this one.
drain_forecast forecast(const forecast_input& from);

}  // namespace herald::app
