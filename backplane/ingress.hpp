#pragma once

#include "actors/messages.hpp"
#include "actors/unix_time.hpp"
#include "backplane/bridge.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace herald::backplane {

/// Counts what is on its way from the bridge to the sessions, and says when to stop and when to go on.
/// Thread: the bridge's.   Bound: none of its own; the bridge that asks it is bounded.
///
/// A notification counts `item_overhead_bytes` besides its data: a million notifications of one byte are not a
/// megabyte of memory. `forwarded` tells runs and bytes of data; the overhead is given back in proportion to the runs.
///
/// A directory tells in chunks, and never tells of the last chunk until it is full. So what all directories together may
/// have passed on without a word is not counted: a bridge that waited for it would wait for ever.
class ingress {
public:
  static constexpr std::size_t item_overhead_bytes = batch::item_overhead_bytes;

  /// Of a directory: `actor_rules::forwarded_chunk_bytes`. As many items at most, since JSON has at least one byte.
  static constexpr std::size_t untold_bytes = 64 * 1024;

  ingress(std::size_t max_bytes, bridge_status& status) : max_bytes_(max_bytes), status_(status) {}

  /// How many directories there are now.
  void expect(std::size_t directories) noexcept { untold_ = directories * untold_bytes; }

  void sent(const batch& run) {
    ++runs_;
    items_ += run.items().size();
    bytes_ += run.data_bytes();
    tell();
  }

  void given_back(const forwarded& what) {
    // Clamped: a directory that passed on what was sent before `forget()` gives back more than is counted.
    auto runs = std::min(what.runs, runs_);
    if (runs > 0) items_ -= items_ * runs / runs_;
    runs_ -= runs;
    bytes_ -= std::min(what.bytes, bytes_);
    if (runs_ == 0) items_ = bytes_ = 0;
    tell();
  }

  /// A directory died, and what was on its way to it never comes back: the count begins anew.
  void forget() {
    runs_ = items_ = bytes_ = 0;
    tell();
    is_behind();
  }

  /// Whether nothing more is to be taken now: from when too much is on its way until less than half of that is left.
  bool is_behind() noexcept {
    const bool now = is_behind_ ? !relaxed() : load() > max_bytes_;
    if (std::exchange(is_behind_, now) == now) return now;
    status_.behind_since_ms = now ? steady_ms() : 0;
    if (now) status_.pauses.add();
    return now;
  }

private:
  bool relaxed() const noexcept { return load() < max_bytes_ / 2 || runs_ == 0; }
  std::size_t load() const noexcept {
    return bytes_ - std::min(bytes_, untold_) + (items_ - std::min(items_, untold_)) * item_overhead_bytes;
  }
  void tell() noexcept { status_.ingress_bytes.store(bytes_); }

  std::size_t max_bytes_;
  bridge_status& status_;
  bool is_behind_ = false;
  std::size_t runs_ = 0;
  std::size_t items_ = 0;
  std::size_t bytes_ = 0;
  std::size_t untold_ = 0;
};

}  // namespace herald::backplane
