#pragma once

#include "ledger.hpp"
#include "message.hpp"
#include "options.hpp"

#include <limits>

namespace herald::load {

/// When the next message is to be sent, and to whom. Open loop: the plan depends on the clock alone, never on what the node
/// manages, so a node that falls behind shows it in its latencies.
class traffic {
public:
  traffic(const options& given, const population& people, ledger& book);

  void begin(nanos at) { began_ = at; }

  /// When the next message is due; of a burst: at once. The end of time when there is none.
  nanos next_due() const;

  /// Takes the next message, at `time`. In a burst it is intended for that time.
  stamp next(nanos time);

  bool done() const { return given_.mode == traffic_mode::idle || sent_ >= total_; }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t total() const { return total_; }

private:
  channel_id choose();
  std::uint32_t random_below(std::uint32_t limit);

  const options& given_;
  const population& people_;
  ledger& book_;
  std::uint64_t total_ = 0, sent_ = 0;
  std::uint64_t random_;
  nanos began_ = 0;
};

} // namespace herald::load
