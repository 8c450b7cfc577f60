#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace herald {

/// A number that one thread writes and any may read. No locked instruction on the writer's side.
class counter {
public:
  void add(std::uint64_t n = 1) noexcept { store(get() + n); }
  void sub(std::uint64_t n = 1) noexcept { store(get() - n); }
  void store(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

enum class actor_kind : std::uint8_t { bridge, directory, user_router, session, publisher };
inline constexpr std::size_t actor_kinds = 5;

constexpr std::string_view to_string(actor_kind kind) noexcept {
  constexpr std::array<std::string_view, actor_kinds> names{"bridge", "directory", "user_router", "session",
                                                                  "publisher"};
  return names[static_cast<std::size_t>(kind)];
}

/// Why a notification did not reach a session that it was for.
enum class drop_reason : std::uint8_t { bad_json, bad_channel, too_large, expired, slow, closing };
inline constexpr std::size_t drop_reasons = 6;

constexpr std::string_view to_string(drop_reason reason) noexcept {
  constexpr std::array<std::string_view, drop_reasons> names{"bad_json", "bad_channel", "too_large", "expired", "slow", "closing"};
  return names[static_cast<std::size_t>(reason)];
}

/// What one shard counts. Written by the shard's own thread only; read by the metrics.
struct alignas(64) shard_stats {
  std::array<counter, actor_kinds> actors;  ///< Running now.
  counter actor_failures;                   ///< Actors that a throwing handler ended.
  counter handler_failures;                 ///< Sockets' and timers' handlers that threw.
  counter connections_opened;
  counter handshakes_refused;
  counter received;         ///< Notifications from the backplane.
  counter nobody_here;      ///< Notifications for which this shard had no session.
  counter delivered;        ///< Notifications put into an outbox, a session each.
  counter delivered_bytes;  ///< … and their bytes on the wire.
  std::array<counter, drop_reasons> dropped;
  counter group_memberships;  ///< Sessions' memberships of groups now.
  counter client_commands;
  counter client_errors;      ///< Commands that were answered with an error.
  counter publishes_accepted;
  counter publishes_refused;
  counter turns;
  counter flushes;            ///< System calls that wrote an outbox.

  counter& actor(actor_kind kind) noexcept { return actors[static_cast<std::size_t>(kind)]; }
  counter& drop(drop_reason reason) noexcept { return dropped[static_cast<std::size_t>(reason)]; }
};

}  // namespace herald
