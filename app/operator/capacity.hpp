#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::app {

/// What is wanted of the fleet, and what this node knows of itself.
struct capacity_inputs {
  // -- asked ---
  std::uint64_t connections = 0;
  std::optional<double> deliveries_per_s;           ///< Of the whole fleet; nothing: as many a connection as here of late.
  std::optional<std::uint64_t> memory_limit_bytes;  ///< Of a pod; nothing: none.

  // -- this node ---
  std::size_t cpus = 1;               ///< That it uses: its shards.
  std::uint64_t max_connections = 0;  ///< The setting.
  std::uint64_t reserve_bytes = 0;    ///< What its settings let wait: outbox-budget and ingress-max-bytes.
  bool has_tls = false;
  bool has_compression = false;

  // -- measured ---
  std::uint64_t base_bytes = 0;                   ///< Memory without connections.
  std::uint64_t measured_connections = 0;         ///< When memory was looked at with most of them.
  std::optional<double> bytes_a_connection;       ///< Nothing: too few to measure.
  std::optional<double> cpu_us_a_delivery;        ///< Nothing: too little load to measure.
  double deliveries_per_s_a_connection = 0;
};

/// Connections that a pod may have, as far as one thing bounds them.
struct capacity_bound {
  std::string_view by;                       ///< `memory`, `cpu`, `max_connections`
  std::optional<std::uint64_t> connections;  ///< Nothing: it does not bound them, or is not known.
  std::string_view why;
};

/// How many pods it takes, and what a horizontal pod autoscaler is to be told.
///
/// Connections a pod: the least of what memory, CPU and `max-connections` allow. Pods: by the rule of the service that herald
/// replaces, ceil(connections ÷ connections a pod) × 1.5; and no less than carry them all when one is lost or drains.
struct capacity_plan {
  double bytes_a_connection = 0;
  double cpu_us_a_delivery = 0;
  double deliveries_per_s_a_connection = 0;
  std::vector<capacity_bound> bounds;
  capacity_bound least;             ///< Of these.
  std::uint64_t by_rule = 0;
  std::uint64_t with_one_lost = 0;
  std::uint64_t pods = 0;           ///< The larger of both.
  std::uint64_t hpa_connections = 0;  ///< What they are to average.
  std::uint64_t request_bytes = 0;    ///< What a pod is to request, so that its use of memory is no reason to scale before connections are.
};

/// Without measured figures these are taken: the benchmark's, for a node on one CPU with 10,000 connections (README).
namespace capacity_defaults {
inline constexpr double bytes_a_connection = 8'400;
inline constexpr double bytes_a_tls_connection = 24'600;
inline constexpr double bytes_more_with_compression = 9 * 1024;
inline constexpr double cpu_us_a_delivery = 55;
}  // namespace capacity_defaults

/// What the kernel keeps for an idle connection (socket, file, epoll): it counts in a pod's memory and not in the process's.
inline constexpr double kernel_bytes_a_connection = 4'096;

capacity_plan plan_capacity(const capacity_inputs& from);

/// The answer's body.
std::string capacity_json(const capacity_inputs& from);

}  // namespace herald::app
