#pragma once

#include "population.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald::load {

/// How a run ended, in deliveries.
struct verdict {
  std::uint64_t due = 0;       ///< what sessions were to get: a message counts once for each session
  std::uint64_t delivered = 0; ///< … and got, each counted once
  std::uint64_t missing = 0;
  std::uint64_t missing_on_closed = 0; ///< of these: on sessions that closed during the run
  std::uint64_t doubled = 0;
  std::uint64_t out_of_order = 0; ///< came after a later one of its channel
  std::uint64_t misrouted = 0;    ///< came to a session it was not for
  std::uint64_t unknown = 0;      ///< a sequence number that was never published
};

/// Knows what was published and which session has got what: for each session and channel the last sequence number, and the gaps
/// before it. The tool is its channels' only publisher and sessions are connected before the first message, so each session's
/// first number on each channel is 1.
class ledger {
public:
  explicit ledger(const population& people);

  /// The next sequence number on a channel, which is from now on due to all who are on it.
  std::uint32_t publish(channel_id channel);

  /// The publisher was refused or never got an answer: this message may be missing.
  void excuse(channel_id channel, std::uint32_t sequence);

  /// A message arrived. True if it was due here and is the first of its kind (late ones too).
  bool receive(session_id session, channel_id channel, std::uint32_t sequence);

  std::uint64_t due() const { return due_; }
  std::uint64_t delivered() const { return counts_.delivered; }
  std::uint64_t missing_so_far() const { return due_ > counts_.delivered ? due_ - counts_.delivered : 0; }

  /// The final account. `closed[s]`: session s closed during the run. `examples` gets a line for each of the first faults.
  verdict settle(const std::vector<bool>& closed);

  const std::vector<std::string>& examples() const { return examples_; }

private:
  /// Missing numbers by first: last, both included.
  using ranges = std::map<std::uint32_t, std::uint32_t>;

  bool fill_gap(std::uint64_t place, std::uint32_t sequence);
  std::uint64_t inexcusable(channel_id channel, std::uint32_t first, std::uint32_t last) const;
  void settle_place(session_id session, std::uint32_t slot, bool closed);
  void example(const char* what, session_id session, channel_id channel, std::uint32_t first, std::uint32_t last);

  const population& people_;
  std::vector<std::uint32_t> published_;                            // by channel
  std::vector<std::uint32_t> last_;                                 // by session × slots + slot
  std::unordered_map<std::uint64_t, ranges> gaps_;                  // by the same
  std::unordered_map<channel_id, std::vector<std::uint32_t>> excused_;
  std::uint64_t due_ = 0;
  verdict counts_;
  std::vector<std::string> examples_;
};

} // namespace herald::load
