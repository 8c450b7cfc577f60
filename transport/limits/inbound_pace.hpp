#pragma once

#include "transport/limits/token_bucket.hpp"

#include <cstdint>

namespace herald::transport {

/// How much one client may send. Past it the node reads from it no faster than that; a client that keeps pushing for
/// `patience` is warned, after twice that once more, and then it is abuse.
struct inbound_limits {
  rate_limit messages;
  rate_limit bytes;
  std::chrono::milliseconds patience{10'000};

  bool none() const noexcept { return messages.is_unlimited() && bytes.is_unlimited(); }
};

/// How fast a client's messages may be read.
/// Thread: its shard's.   Bound: 40 bytes.
class inbound_pace {
public:
  using time_point = token_bucket::time_point;
  using duration = token_bucket::duration;

  enum class verdict : std::uint8_t { in_order, wait, warn, abuse };

  struct step {
    verdict what = verdict::in_order;
    duration wait = duration::zero();  ///< Before more is read.
  };

  void took_bytes(const inbound_limits& limits, time_point now, std::size_t count) {
    wait_until_ = std::max(wait_until_, now + bytes_.take(limits.bytes, now, count));
  }

  /// A message, or a control frame. False for a client whose debt is so large that it can't have been held back: control frames
  /// are read as long as they come.
  bool took_message(const inbound_limits& limits, time_point now) {
    const auto debt = messages_.take(limits.messages, now);
    wait_until_ = std::max(wait_until_, now + debt);
    return debt <= limits.messages.time_of(limits.messages.burst());
  }

  /// What to do before more is read.
  step before_read(const inbound_limits& limits, time_point now) {
    const auto wait = wait_until_ - now;
    if (wait <= duration::zero()) {
      if (has_recovered(limits, now)) strained_since_ = {}, warnings_ = 0;
      return {};
    }
    if (strained_since_ == time_point{}) strained_since_ = now;
    if (now - strained_since_ < limits.patience * (warnings_ + 1)) return {verdict::wait, wait};
    return {++warnings_ > max_warnings ? verdict::abuse : verdict::warn, wait};
  }

private:
  static constexpr int max_warnings = 2;

  /// Half of a burst is there again: it has sent less than it may for a while.
  bool has_recovered(const inbound_limits& limits, time_point now) const noexcept {
    return messages_.full_at() - now <= limits.messages.time_of(limits.messages.burst()) / 2
        && bytes_.full_at() - now <= limits.bytes.time_of(limits.bytes.burst()) / 2;
  }

  token_bucket messages_;
  token_bucket bytes_;
  time_point wait_until_{};
  time_point strained_since_{};
  int warnings_ = 0;
};

}  // namespace herald::transport
