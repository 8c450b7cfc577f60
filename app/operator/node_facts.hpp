#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace herald::app {

/// Which node: names may be given twice by mistake, instances are not.
struct node_id {
  std::string name;
  std::string instance;  ///< 16 hexadecimal digits, new with each start.

  friend bool operator==(const node_id&, const node_id&) = default;
};

/// What a node says of itself every two seconds. Times are those of its own clock.
struct node_facts {
  node_id id;
  std::string version;
  std::int64_t started_ms = 0;  ///< Unix time.
  std::uint64_t shards = 0;
  std::uint64_t connections = 0;
  std::uint64_t max_connections = 0;
  std::uint64_t actors = 0;
  std::uint64_t deliveries_per_s = 0;
  std::uint64_t cpu_thousandths = 0;   ///< Of one CPU, since the last time: 1500 is one and a half.
  std::optional<std::uint64_t> latency_p50_us;  ///< From a notification's acceptance to its socket, in the last ten seconds;
  std::optional<std::uint64_t> latency_p99_us;  ///< … nothing where nothing was delivered.
  std::uint64_t memory_bytes = 0;      ///< Resident.
  std::optional<std::uint64_t> memory_limit_bytes;  ///< Its cgroup's; nothing where there is none.
  bool draining = false;
  std::string not_ready;               ///< Why `/readyz` says no; empty: it is ready.
  bool publishing = false;             ///< It can publish to the backplane …
  bool subscribed = false;             ///< … and hears what is published.
  std::uint64_t backplane_away_ms = 0;
  std::uint64_t behind_ms = 0;         ///< For so long it has not taken anything from the backplane.
  std::uint64_t canary_us = 0;
  std::uint64_t healing = 0;

  friend bool operator==(const node_facts&, const node_facts&) = default;
};

}  // namespace herald::app
