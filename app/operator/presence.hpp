#pragma once

#include "app/operator/node_facts.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace herald::app {

/// The other nodes of the fleet, as far as they were heard of lately.
///
///     heard ──▶ live ──silent for 3 intervals──▶ silent ──a minute──▶ forgotten
///                 └───────said goodbye─────────▶ gone ────a minute──▶ forgotten
///
/// Thread: one.   Bound: 1,000 nodes; more are not taken in until others are forgotten.
class presence {
public:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::milliseconds interval{2000};
  static constexpr std::chrono::milliseconds silence_max = 3 * interval;
  static constexpr std::chrono::milliseconds memory{60'000};  ///< For how long one that is not there any more is shown.
  static constexpr std::size_t max_nodes = 1000;

  enum class state { live, silent, gone };

  struct node {
    node_facts facts;
    state now = state::live;
    std::chrono::milliseconds age{0};  ///< Since it was heard last.
  };

  enum class news { known, came, refused };

  news heard(node_facts facts, clock::time_point now);

  /// A node said that it ends.
  void said_goodbye(const node_id& who, clock::time_point now);

  /// All that are known, by name and instance.
  std::vector<node> nodes(clock::time_point now);

  std::size_t live(clock::time_point now);

private:
  struct entry {
    node_facts facts;
    clock::time_point heard;
    bool is_gone = false;
  };

  state state_of(const entry& what, clock::time_point now) const;
  void forget(clock::time_point now);

  std::map<std::string, entry> by_instance_;
};

constexpr const char* to_string(presence::state what) noexcept {
  switch (what) {
    case presence::state::live: return "live";
    case presence::state::silent: return "silent";
    case presence::state::gone: break;
  }
  return "gone";
}

}  // namespace herald::app
