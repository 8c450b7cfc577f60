#pragma once

#include "clock.hpp"
#include "population.hpp"

#include <cstdint>
#include <vector>

namespace herald::load {

/// What clients noticed from one moment to another.
struct stretch {
  nanos from = 0, to = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t failed_attempts = 0;
  std::uint64_t busiest_second = 0;                 ///< reconnects in it
  std::vector<std::uint64_t> clients_by_reconnects; ///< [n]: clients that came back n times
  nanos silence_p50 = 0, silence_p99 = 0, silence_max = 0; ///< of each client's longest time without a notification
};

/// What happened in each tenth of a second.
struct moment {
  std::uint32_t connected = 0; ///< at its end
  std::uint32_t reconnects = 0;
  std::uint32_t failed_attempts = 0;
  std::uint32_t notifications = 0;
};

/// Counts for single clients, from mark to mark. A silence belongs to the stretch in which it ends, and to one that ends in it.
/// Thread: the run's own.   Bound: 24 bytes a client, 16 a tenth of a second.
class experience {
public:
  static constexpr nanos moment_length = 100 * millisecond;

  explicit experience(session_id sessions) : all_(sessions) {}

  /// A stretch begins, and the one before ends. Nothing counts before the first.
  void begin(nanos time);
  void end(nanos time);

  void notified(session_id session, nanos time);
  void came_back(session_id session, nanos time);
  void failed(nanos time);
  /// To be told often.
  void connected(std::uint64_t now, nanos time);

  const std::vector<stretch>& stretches() const { return stretches_; }
  const std::vector<moment>& moments() const { return moments_; }

private:
  struct client {
    nanos last = 0;
    nanos longest = 0;
    std::uint32_t reconnects = 0;
  };

  moment& at(nanos time);
  void sum_up(stretch& over);
  std::uint64_t busiest_second(const stretch& of) const;

  std::vector<client> all_;
  std::vector<stretch> stretches_;
  std::vector<moment> moments_;
  nanos began_ = 0;
  bool counts_ = false;
};

} // namespace herald::load
