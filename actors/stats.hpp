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

enum class actor_kind : std::uint8_t { bridge, directory, user_router, session, publisher, warden, fleet, inspector, log_keeper, drainer, rebalancer };
inline constexpr std::size_t actor_kinds = 11;

constexpr std::string_view to_string(actor_kind kind) noexcept {
  constexpr std::array<std::string_view, actor_kinds> names{"bridge", "directory", "user_router", "session",
                                                                  "publisher", "warden", "fleet", "inspector", "log_keeper", "drainer",
                                                                  "rebalancer"};
  return names[static_cast<std::size_t>(kind)];
}

/// Why a notification did not reach a session that it was for.
enum class drop_reason : std::uint8_t { bad_json, bad_channel, too_large, expired, slow, closing };
inline constexpr std::size_t drop_reasons = 6;

constexpr std::string_view to_string(drop_reason reason) noexcept {
  constexpr std::array<std::string_view, drop_reasons> names{"bad_json", "bad_channel", "too_large", "expired", "slow", "closing"};
  return names[static_cast<std::size_t>(reason)];
}

/// Why a token was refused.
enum class token_refusal : std::uint8_t {
  missing, malformed, algorithm, unknown_key, signature, expired, not_yet_valid, issuer, audience, claims, revoked, no_keys
};
inline constexpr std::size_t token_refusals = 12;

constexpr std::string_view to_string(token_refusal why) noexcept {
  constexpr std::array<std::string_view, token_refusals> names{"missing", "malformed", "algorithm", "unknown_key",
                                                               "signature", "expired", "not_yet_valid", "issuer",
                                                               "audience", "claims", "revoked", "no_keys"};
  return names[static_cast<std::size_t>(why)];
}

/// What one shard counts. Written by the shard's own thread only; read by the metrics.
struct alignas(64) shard_stats {
  std::array<counter, actor_kinds> actors;  ///< Running now.
  counter actor_failures;                   ///< Actors that a throwing handler ended.
  counter handler_failures;                 ///< Sockets' and timers' handlers that threw.
  counter connections_opened;
  counter handshakes_refused;
  counter tokens_accepted;
  std::array<counter, token_refusals> tokens_refused;
  counter sessions_expired;  ///< Ended because their token was good no more.
  counter sessions_kicked;   ///< Ended by an operator, or because their token was revoked.
  counter received;         ///< Notifications from the backplane.
  counter nobody_here;      ///< Notifications for which there was no session where they were looked for.
  counter deduplicated;     ///< Those that came twice, live and from the log, and were sent once.

  /// The ledger's left side: due = delivered + deduplicated + dropped + nobody_here, once nothing is on its way. One for each
  /// session a notification is sent to or that reads it from the log, and one for each that ends before it comes to sessions.
  counter due;

  counter delivered;        ///< Notifications put into an outbox, a session each.
  counter delivered_bytes;  ///< … and their bytes on the wire.
  std::array<counter, drop_reasons> dropped;
  counter gaps;             ///< How often a feed's live stream lacked something that the log was read for.
  counter fell_behind;      ///< How often a session left a live stream because its client was too slow.
  counter pages;            ///< Pages of the log that sessions read.
  counter resets;           ///< How often a client was told that messages are gone.
  counter group_memberships;  ///< Sessions' memberships of groups now.
  counter client_commands;
  counter client_errors;      ///< Commands that were answered with an error.
  counter publishes_accepted;
  counter publishes_refused;
  counter compressed_connections;  ///< Clients that take compressed messages, since the start.
  counter compressions;            ///< Messages that were compressed, once for all clients.
  counter compressed_from_bytes;   ///< … what they were,
  counter compressed_to_bytes;     ///< … and what became of them.
  counter tls_handshakes;         ///< Connections that came in over TLS.
  counter tls_handshakes_failed;  ///< … and those that did not get that far.
  counter turns;
  counter flushes;            ///< System calls that wrote an outbox.
  counter outboxes_stalled;   ///< Outboxes whose sockets take no more, now.
  counter outbox_stalled_bytes;  ///< … and what waits in them.
  counter outboxes_shed;      ///< Clients that were closed as slow because all that waited together was too much.

  /// For what ends before it comes to sessions.
  void count_nobody(std::uint64_t n = 1) noexcept { due.add(n), nobody_here.add(n); }
  void count_repeated(std::uint64_t n = 1) noexcept { due.add(n), deduplicated.add(n); }
  void count_dropped(drop_reason reason, std::uint64_t n = 1) noexcept { due.add(n), drop(reason).add(n); }

  counter& actor(actor_kind kind) noexcept { return actors[static_cast<std::size_t>(kind)]; }
  counter& drop(drop_reason reason) noexcept { return dropped[static_cast<std::size_t>(reason)]; }
};

}  // namespace herald
