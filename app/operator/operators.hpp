#pragma once

#include "actors/home.hpp"
#include "app/admin_route.hpp"
#include "app/config.hpp"
#include "app/operator/fleet.hpp"
#include "app/operator/inspector.hpp"
#include "app/operator/log_level_api.hpp"
#include "app/operator/node_meter.hpp"
#include "backplane/bridge.hpp"
#include "transport/public_port.hpp"

#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace herald::app {

/// What operators ask, of this node and of the fleet: the actors for it, and their addresses on the internal port.
/// Thread: the node's own. Its actors are spawned before the shards start, and ended while these run still.
class operators {
public:
  /// `where`: the internal port's shard. What is given has to outlive it.
  operators(const settings& from, const std::vector<shown_setting>& shown, home& where, std::span<home* const> homes,
            const transport::public_port& port, const backplane::bridge_status& status, const health& state);

  /// `more`: what this node answers others, but for what is known here.
  /// @pre the port knows its directories
  void spawn(const bridge_actor& bridge, responders more);

  /// For the bridge: what other nodes have said.
  backplane::said_handler heard();

  /// Once they are spawned.
  std::vector<admin_route> routes() const;

  /// Tells the other nodes that this one ends. True once the backplane has taken it, or could not.
  std::shared_ptr<const std::atomic<bool>> say_goodbye();

  void end();

  const fleet_actor& others() const noexcept { return fleet_; }
  const inspector_actor& inspection() const noexcept { return inspector_; }

  const fleet_stats& stats() const noexcept { return stats_; }

private:
  const settings& settings_;
  const std::vector<shown_setting>& shown_;
  home& where_;
  const transport::public_port& port_;
  const backplane::bridge_status& status_;
  node_id self_;
  node_meter meter_;
  fleet_stats stats_;
  fleet_actor fleet_;
  inspector_actor inspector_;
  log_keeper_actor log_keeper_;
};

}  // namespace herald::app
