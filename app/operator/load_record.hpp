#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace herald::app {

/// What connections and deliveries have cost this node, for who asks how many nodes like it are needed.
///
/// Memory is looked at when there are most connections, since the allocator keeps what left; CPU in intervals in which there was
/// something to deliver, since else an idle night would weigh more than the day.
/// Thread: one.
class load_record {
public:
  /// Fewer say more of the node itself (a megabyte or so at the first load) than of its connections.
  static constexpr std::uint64_t least_connections = 500;
  static constexpr std::uint64_t least_deliveries = 10'000;

  struct interval {
    std::uint64_t connections = 0;   ///< At its end.
    std::uint64_t memory_bytes = 0;  ///< Resident, at its end.
    std::uint64_t deliveries = 0;
    std::chrono::microseconds cpu{0};
    std::chrono::microseconds length{0};
  };

  void see(const interval& what) noexcept;

  /// The node without connections, as it was before the first one.
  std::uint64_t base_bytes() const noexcept { return base_bytes_; }

  /// When memory was looked at for the following, there were so many.
  std::uint64_t connections() const noexcept { return connections_; }

  /// Resident memory a connection; nothing before there were `least_connections`.
  std::optional<double> bytes_a_connection() const noexcept;

  /// All of the process's CPU a delivery; nothing before there were `least_deliveries` in intervals of load.
  std::optional<double> cpu_us_a_delivery() const noexcept;

  /// Of the last intervals of load; 0 without any.
  double deliveries_per_s_a_connection() const noexcept;

private:
  static constexpr std::uint64_t load_per_s = 100;           ///< From so many deliveries on, an interval counts.
  static constexpr std::uint64_t forgotten_after = 2'000'000;  ///< Deliveries after which older ones count half.

  std::uint64_t base_bytes_ = 0;
  std::uint64_t most_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t memory_bytes_ = 0;
  std::uint64_t deliveries_ = 0;
  std::chrono::microseconds cpu_{0};
  double connection_s_ = 0;  ///< Seconds of the intervals of load, times the connections.
};

}  // namespace herald::app
