#pragma once

#include "actors/revocations.hpp"
#include "backplane/bridge.hpp"
#include "transport/auth/key_ring.hpp"
#include "transport/public_port.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace herald::app {

class health;
struct access_stats;
struct fleet_stats;

/// The node's numbers in Prometheus's text format. Three names are those of the service that herald replaces; all others begin
/// with `herald_`. Labels are bounded: no user, group or session.
/// Thread: any; the counters it reads are each written by one thread.
class metrics {
public:
  /// `homes`: everything that actors and connections count in. `keys`: null where clients come without tokens.
  metrics(std::span<home* const> homes, const transport::public_port& port, const backplane::bridge_status& bridge,
          const health& state, const access_stats& access, const transport::key_ring* keys, const revocations& revoked,
          std::string_view version,
          std::vector<transport::tls_port*> tls = {}, std::vector<transport::shard*> shards = {});

  /// Shows these, too, from now on. Before the first `text`.
  void show(const fleet_stats& fleet) { fleet_ = &fleet; }

  std::string text() const;

  /// How many actors of a kind run now.
  std::uint64_t actors(actor_kind kind) const;

private:
  using families = std::vector<prometheus::MetricFamily>;

  template <class Member>
  std::uint64_t sum(Member member) const;

  void add_connections(families& to) const;
  void add_auth(families& to) const;
  void add_ledger(families& to) const;
  void add_catching_up(families& to) const;
  void add_backplane(families& to) const;
  void add_node(families& to) const;
  void add_turns(families& to) const;
  void add_tls(families& to) const;
  void add_access(families& to) const;
  void add_compression(families& to) const;
  void add_fleet(families& to) const;
  void add_traces(families& to) const;

  std::span<home* const> homes_;
  const transport::public_port& port_;
  const backplane::bridge_status& bridge_;
  const health& health_;
  const access_stats& access_;
  const transport::key_ring* keys_;
  const revocations& revoked_;
  std::string version_;
  const fleet_stats* fleet_ = nullptr;
  std::vector<transport::tls_port*> tls_;  ///< Those ports that speak it.
  std::vector<transport::shard*> shards_;  ///< The last one is the internal port's.
};

}  // namespace herald::app
