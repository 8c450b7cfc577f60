#pragma once

#include "actors/actor_meter.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace herald::transport {

/// How long a client takes to answer pings: Beast sends them by itself, but what it writes is seen on its way to the outbox. So the
/// time includes what waited there.
/// Thread: its connection's.   Bound: one ping under way; an unasked pong says nothing. 71 minutes, then it is wrong.
class kept_pings {
public:
  /// What Beast writes: frames, one at a time.
  void wrote(std::string_view bytes) noexcept {
    if (bytes.empty() || bytes.front() != ping_byte) return;
    sent_us_ = now_us();
    under_way_ = true;
  }

  /// A pong came.
  void answered() noexcept {
    if (!under_way_) return;
    under_way_ = false;
    known_ = true;
    round_trip_us_ = now_us() - sent_us_;
  }

  std::optional<std::chrono::microseconds> round_trip() const noexcept {
    if (!known_) return std::nullopt;
    return std::chrono::microseconds{round_trip_us_};
  }

private:
  static constexpr char ping_byte = static_cast<char>(0x89);  // RFC 6455, 5.2: FIN and opcode 9

  static std::uint32_t now_us() noexcept {
    using namespace std::chrono;
    return static_cast<std::uint32_t>(duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count());
  }

  std::uint32_t sent_us_ = 0;
  std::uint32_t round_trip_us_ = 0;
  bool under_way_ = false;
  bool known_ = false;
};

struct no_pings {
  void wrote(std::string_view) noexcept {}
  void answered() noexcept {}
  std::optional<std::chrono::microseconds> round_trip() const noexcept { return std::nullopt; }
};

using ping_watch = std::conditional_t<actor_stats, kept_pings, no_pings>;

}  // namespace herald::transport
