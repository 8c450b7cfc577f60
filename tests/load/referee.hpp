#pragma once

#include "histogram.hpp"
#include "ledger.hpp"
#include "message.hpp"

#include <string>

namespace herald::load {

/// What came beside the notifications that are due.
struct oddities {
  std::uint64_t damaged = 0; ///< notifications that are not what was sent
  std::uint64_t foreign = 0; ///< of another run or publisher: not ours to judge
  std::uint64_t resets = 0;
  std::uint64_t byes = 0;
  std::uint64_t errors = 0;
  std::uint64_t not_live = 0; ///< welcomes of a node that had lost its backplane
  std::string first;          ///< the first damaged, reset, bye or error frame, cut
};

/// Reads each frame that a session got, enters it in the ledger and takes its latency from the *intended* time of sending.
class referee {
public:
  referee(const message_codec& codec, ledger& book) : codec_(codec), book_(book) {}

  /// `arrived` is when the bytes were read.
  frame_kind judge(session_id session, std::string_view frame, nanos arrived);

  const histogram& latency() const { return latency_; }
  const oddities& seen() const { return odd_; }
  nanos last_delivery() const { return last_delivery_; }

private:
  void note(std::uint64_t& counter, std::string_view frame);

  const message_codec& codec_;
  ledger& book_;
  histogram latency_;
  oddities odd_;
  nanos last_delivery_ = 0;
};

} // namespace herald::load
