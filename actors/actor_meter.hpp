#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>

namespace herald {

/// Whether actors count what they do (meson option `actor_stats`). Without, only for the benchmark, nothing of it is compiled.
#ifdef HERALD_NO_ACTOR_STATS
inline constexpr bool actor_stats = false;
#else
inline constexpr bool actor_stats = true;
#endif

/// What one actor has done: since it was spawned, and of late.
///
/// "Of late" is this window of 8.6 s and the one before, so the last 8.6 to 17.2 s. Times are nanoseconds of the home's clock.
/// Kept to 48 bytes, as there is one in each session and router: the highest times are rounded up, to a microsecond or, of late, by up to
/// 0.1 % (so that none is below the mean of the same messages); all times of the window before together are in steps of 1 ms.
/// Thread: the actor's.   Bound: what does not fit stays at the most that does.
class actor_meter {
public:
  using nanoseconds = std::chrono::nanoseconds;

  static constexpr int tick_shift = 23;    ///< A tick is 2^23 ns, 8.4 ms: 417 days until 32 bits of them come round.
  static constexpr int window_shift = 10;  ///< A window is 2^10 of them.
  static constexpr nanoseconds window{std::int64_t{1} << (tick_shift + window_shift)};

  explicit actor_meter(std::int64_t now_ns) noexcept : born_(tick_of(now_ns)), last_(born_) {}

  /// So many messages waited when the actor's turn came.
  void saw_mailbox(std::size_t depth, std::int64_t now_ns) noexcept {
    turn_window(now_ns);
    mailbox_highest_ = std::max(mailbox_highest_, fit<std::uint32_t>(depth));
    mailbox_now_ = std::max(mailbox_now_, fit<std::uint16_t>(depth));
  }

  /// A message was handled.
  void handled(std::int64_t from_ns, std::int64_t to_ns) noexcept {
    turn_window(to_ns);
    const auto took = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_ns - from_ns));
    busy_ns_ += took;
    ++handled_;
    handling_highest_ = std::max(handling_highest_, fit<std::uint32_t>((took + (1u << fine_shift) - 1) >> fine_shift));
    handling_now_ = std::max(handling_now_, packed(took));
  }

  std::uint64_t messages() const noexcept { return handled_; }
  nanoseconds busy() const noexcept { return nanoseconds{busy_ns_}; }
  nanoseconds handling_mean() const noexcept { return nanoseconds{handled_ == 0 ? 0 : busy_ns_ / handled_}; }
  nanoseconds handling_highest() const noexcept { return nanoseconds{std::uint64_t{handling_highest_} << fine_shift}; }
  std::size_t mailbox_highest() const noexcept { return mailbox_highest_; }

  /// Since it was spawned, and since it last handled a message.
  nanoseconds age(std::int64_t now_ns) const noexcept { return ticks(tick_of(now_ns) - born_); }
  nanoseconds idle(std::int64_t now_ns) const noexcept { return ticks(tick_of(now_ns) - last_); }

  nanoseconds recent_busy(std::int64_t now_ns) const noexcept {
    const auto before = nanoseconds{std::uint64_t{busy_before_} << busy_shift};
    return recent(now_ns, nanoseconds{std::uint64_t{busy_in_window()} << fine_shift}, before, std::plus<>{});
  }
  nanoseconds recent_handling(std::int64_t now_ns) const noexcept {
    const auto highest = [](auto a, auto b) { return std::max(a, b); };
    return nanoseconds{unpacked(recent(now_ns, handling_now_, handling_before_, highest))};
  }
  std::size_t recent_mailbox(std::int64_t now_ns) const noexcept {
    return recent(now_ns, mailbox_now_, mailbox_before_, [](auto a, auto b) { return std::max(a, b); });
  }

private:
  static constexpr int fine_shift = 10, busy_shift = 20;  // 1 µs, 1 ms

  /// A number in 16 bits, rounded up to 11 significant ones: of two, the larger has the larger code.
  static constexpr std::uint16_t packed(std::uint64_t x) noexcept {
    const auto shift = std::max(static_cast<int>(std::bit_width(x)) - 11, 0);
    const auto digits = (x >> shift) + ((x & ((std::uint64_t{1} << shift) - 1)) != 0 ? 1 : 0);
    return static_cast<std::uint16_t>((static_cast<std::uint64_t>(shift) << 10) + digits);
  }
  static constexpr std::uint64_t unpacked(std::uint16_t code) noexcept {
    if (code < 2048) return code;
    return (std::uint64_t{code & 1023u} | 1024u) << ((code >> 10) - 1);
  }

  static std::uint32_t tick_of(std::int64_t ns) noexcept { return static_cast<std::uint32_t>(ns >> tick_shift); }
  static nanoseconds ticks(std::uint32_t n) noexcept { return nanoseconds{std::uint64_t{n} << tick_shift}; }
  static std::uint32_t window_of(std::uint32_t tick) noexcept { return tick >> window_shift; }
  static constexpr std::uint32_t windows_mask = std::numeric_limits<std::uint32_t>::max() >> window_shift;

  template <class To>
  static To fit(std::uint64_t x) noexcept {
    return static_cast<To>(std::min<std::uint64_t>(x, std::numeric_limits<To>::max()));
  }

  std::uint32_t busy_in_window() const noexcept { return static_cast<std::uint32_t>(busy_ns_ >> fine_shift) - busy_at_window_; }

  /// Begins another window where the last message was in an earlier one.
  void turn_window(std::int64_t now_ns) noexcept {
    const auto tick = tick_of(now_ns);
    const auto passed = (window_of(tick) - window_of(last_)) & windows_mask;
    last_ = tick;
    if (passed == 0) return;
    const bool is_next = passed == 1;
    handling_before_ = is_next ? handling_now_ : std::uint16_t{0};
    mailbox_before_ = is_next ? mailbox_now_ : std::uint16_t{0};
    busy_before_ = is_next ? fit<std::uint16_t>(busy_in_window() >> (busy_shift - fine_shift)) : std::uint16_t{0};
    handling_now_ = mailbox_now_ = 0;
    busy_at_window_ = static_cast<std::uint32_t>(busy_ns_ >> fine_shift);
  }

  /// What the window of the last message had, and the one before it, as far as they are recent.
  template <class T, class Join>
  T recent(std::int64_t now_ns, T now, T before, Join join) const noexcept {
    const auto passed = (window_of(tick_of(now_ns)) - window_of(last_)) & windows_mask;
    if (passed == 0) return static_cast<T>(join(now, before));
    return passed == 1 ? now : T{};
  }

  std::uint64_t busy_ns_ = 0;
  std::uint64_t handled_ = 0;
  std::uint32_t born_;
  std::uint32_t last_;  ///< When it last ran, which also tells which window the following are of.
  std::uint32_t handling_highest_ = 0;
  std::uint32_t mailbox_highest_ = 0;
  std::uint32_t busy_at_window_ = 0;
  std::uint16_t busy_before_ = 0;
  std::uint16_t handling_now_ = 0, handling_before_ = 0;
  std::uint16_t mailbox_now_ = 0, mailbox_before_ = 0;
};

static_assert(sizeof(actor_meter) <= 48);

/// The highest that a number was.
class kept_highest {
public:
  void see(std::uint64_t n) noexcept {
    value_ = std::max(value_, static_cast<std::uint32_t>(std::min<std::uint64_t>(n, std::numeric_limits<std::uint32_t>::max())));
  }
  std::uint32_t get() const noexcept { return value_; }

private:
  std::uint32_t value_ = 0;
};

struct no_highest {
  void see(std::uint64_t) noexcept {}
  std::uint32_t get() const noexcept { return 0; }
};

using highest = std::conditional_t<actor_stats, kept_highest, no_highest>;

}  // namespace herald
