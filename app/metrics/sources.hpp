#pragma once

#include "actors/revocations.hpp"
#include "app/config.hpp"
#include "app/metrics/metric_list.hpp"
#include "backplane/bridge.hpp"
#include "transport/auth/key_ring.hpp"
#include "transport/public_port.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace herald::app {

class health;
struct access_stats;
struct fleet_stats;
struct drain_status;
struct rebalance_stats;

/// Where the metrics' numbers come from. All of it outlives the metrics; a number is written by one thread, or is atomic.
struct metric_sources {
  const settings& limits;
  std::span<home* const> homes;            ///< Everything that actors and connections count in.
  std::vector<transport::shard*> shards;   ///< The last one is the internal port's.
  const transport::public_port& port;
  const backplane::bridge_status& bridge;
  const health& state;
  const access_stats& access;
  const revocations& revoked;
  const transport::key_ring* keys = nullptr;      ///< Null where clients come without tokens.
  std::vector<transport::tls_port*> tls = {};     ///< Those ports that speak it.
  const fleet_stats* fleet = nullptr;
  std::string version = {};
  const drain_status* drain = nullptr;            ///< Not null together with the next one.
  const rebalance_stats* rebalance = nullptr;

  /// A counter of all homes together.
  template <class Member>
  std::uint64_t sum(Member member) const {
    std::uint64_t result = 0;
    for (auto* one : homes) result += member(one->stats()).get();
    return result;
  }

  std::uint64_t sum(counter shard_stats::*member) const {
    return sum([=](shard_stats& x) -> counter& { return x.*member; });
  }

  std::uint64_t actors(actor_kind kind) const {
    return sum([=](shard_stats& x) -> counter& { return x.actor(kind); });
  }
};

// -- the groups of metrics, in the order of docs/operations.md; each in a file of its name ---

void add_clients(metric_list& to, const metric_sources& from);
void add_ledger(metric_list& to, const metric_sources& from);
void add_slow_clients(metric_list& to, const metric_sources& from);
void add_backplane(metric_list& to, const metric_sources& from);
void add_security(metric_list& to, const metric_sources& from);
void add_node(metric_list& to, const metric_sources& from);
void add_operators(metric_list& to, const metric_sources& from);

}  // namespace herald::app
