#pragma once

#include "transport/address/ip_address.hpp"
#include "transport/limits/address_rates.hpp"
#include "transport/limits/occupancy.hpp"
#include "transport/limits/token_bucket.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace herald::transport {

/// Which limit a client came up against.
enum class limit_kind : std::uint8_t {
  connections, unfinished_handshakes, connect_rate, connect_rate_per_address, connections_per_address, connections_per_user,
  headers, origin, proxy_header, groups_per_session, message_rate, message_rate_abuse, admin_connections,
};
inline constexpr std::size_t limit_kinds = 13;

/// As it is in the metric `herald_limited_total`.
constexpr std::string_view to_string(limit_kind which) noexcept {
  constexpr std::array<std::string_view, limit_kinds> names{
    "connections", "unfinished_handshakes", "connect_rate", "connect_rate_per_address", "connections_per_address",
    "connections_per_user", "headers", "origin", "proxy_header", "groups_per_session", "message_rate", "message_rate_abuse",
    "admin_connections"};
  return names[static_cast<std::size_t>(which)];
}

/// How often each limit was hit. Thread: any. Rare enough for a locked instruction.
class limit_counts {
public:
  void add(limit_kind which) noexcept { counts_[static_cast<std::size_t>(which)].fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t get(limit_kind which) const noexcept { return counts_[static_cast<std::size_t>(which)].load(std::memory_order_relaxed); }

private:
  std::array<std::atomic<std::uint64_t>, limit_kinds> counts_{};
};

/// A rate or a number of 0 is no limit.
struct admission_limits {
  rate_limit connects;
  rate_limit connects_fresh;                 ///< As well, …
  std::chrono::milliseconds fresh_time{0};   ///< … for so long after the beginning.
  rate_limit connects_per_address;
  std::size_t connections_per_address = 0;
  std::size_t connections_per_user = 0;
};

/// Who may come in, and how often, where it does not depend on who it is.
/// Thread: any; a few locks for each connect, none for what a session does.
/// Bound:  an entry for each user and address that has a connection, and the fixed memory of `address_rates`.
class admission {
public:
  /// Which limit stands against it, and for how long.
  struct denial {
    limit_kind which;
    token_bucket::duration wait;
  };

  /// A place, which counts until it ends. Empty where there is no limit.
  using answer = std::variant<occupancy::seat, denial>;

  explicit admission(const admission_limits& limits, token_bucket::time_point begin = token_bucket::clock::now())
    : limits_(limits), fresh_until_(begin + limits.fresh_time), addresses_(limits.connections_per_address), users_(limits.connections_per_user),
      rates_(limits.connects_per_address) {}

  /// Somebody connects: zero, or how long nobody may.
  token_bucket::duration connect(token_bucket::time_point now) {
    const bool is_fresh = now < fresh_until_ && !limits_.connects_fresh.is_unlimited();
    if (limits_.connects.is_unlimited() && !is_fresh) return token_bucket::duration::zero();
    const std::lock_guard lock{mutex_};
    if (is_fresh)
      if (const auto wait = fresh_connects_.try_take(limits_.connects_fresh, now); wait > wait.zero()) return wait;
    return connects_.try_take(limits_.connects, now);
  }

  /// … and this is their address.
  answer enter_from(const ip_address& whose, token_bucket::time_point now) {
    if (const auto wait = rates_.try_take(whose, now); wait > wait.zero()) return denial{limit_kind::connect_rate_per_address, wait};
    if (addresses_.is_unlimited()) return occupancy::seat{};
    const auto key = whose.counted();
    auto seat = addresses_.take({reinterpret_cast<const char*>(key.raw().data()), key.raw().size()});
    if (seat) return seat;
    return denial{limit_kind::connections_per_address, retry_time};
  }

  /// … and this is who it is.
  answer enter_as(std::string_view user) {
    if (users_.is_unlimited()) return occupancy::seat{};
    auto seat = users_.take(user);
    if (seat) return seat;
    return denial{limit_kind::connections_per_user, retry_time};
  }

private:
  /// Nobody knows when one of the others leaves.
  static constexpr std::chrono::seconds retry_time{5};

  admission_limits limits_;
  token_bucket::time_point fresh_until_;
  occupancy addresses_;
  occupancy users_;
  address_rates rates_;
  std::mutex mutex_;
  token_bucket connects_;        ///< Guarded by `mutex_`.
  token_bucket fresh_connects_;  ///< Guarded by `mutex_`.
};

}  // namespace herald::transport
