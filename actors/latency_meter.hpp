#pragma once

#include "actors/histogram.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace herald {

/// Up to what lateness deliveries are told apart.
inline constexpr auto latency_bounds = [] {
  using namespace std::chrono_literals;
  return std::array<std::chrono::nanoseconds, 19>{1ms,  2ms,   3ms,   5ms,   7500us, 10ms, 15ms,   20ms, 30ms, 50ms,
                                                  75ms, 100ms, 150ms, 250ms, 500ms,  1s,   2500ms, 5s,   10s};
}();

/// How long live notifications take from being accepted (`notification::time_ms`) until the shard has written them to its clients'
/// sockets, or, for a client whose socket takes no more, has left them in its outbox.
///
///     delivered ──▶ one in 64 of a turn is looked at, and stands for the others ──▶ written, once a turn: the clock is read once
///
/// So a delivery costs an addition, whatever is measured, and every one is counted.
/// Thread: the shard's; the numbers may be read by any.
/// Bound:  64 looks a turn; the last one stands for all that comes after it.
class latency_meter {
public:
  using times = histogram<latency_bounds>;

  static constexpr std::uint64_t one_in = 64;
  static constexpr std::size_t most_in_a_turn = 64;

  /// So many notifications went to a client, the first of which was accepted then (Unix time).
  void delivered(std::int64_t accepted_ms, std::size_t count) noexcept {
    if (used_ == 0 || (looks_[used_ - 1].stands_for >= one_in && used_ < most_in_a_turn)) looks_[used_++] = {accepted_ms, 0};
    looks_[used_ - 1].stands_for += count;
  }

  /// Whether anything was delivered since the last `written`.
  bool is_due() const noexcept { return used_ > 0; }

  /// The turn has written them. `now_us`: Unix time in microseconds.
  void written(std::int64_t now_us) noexcept {
    for (std::size_t i = 0; i < used_; ++i) {
      const auto took_us = now_us - looks_[i].accepted_ms * 1000;
      if (took_us < 0) ahead_.add(looks_[i].stands_for);
      times_.add(took_us < 0 ? 0 : took_us * 1000, looks_[i].stands_for);
    }
    used_ = 0;
  }

  const times& taken() const noexcept { return times_; }

  /// Deliveries that were accepted in this node's future: the accepting node's clock is ahead. They count as 0.
  std::uint64_t ahead() const noexcept { return ahead_.get(); }

private:
  struct look {
    std::int64_t accepted_ms;
    std::uint64_t stands_for;
  };

  std::array<look, most_in_a_turn> looks_{};
  std::size_t used_ = 0;
  times times_;
  counter ahead_;
};

}  // namespace herald
