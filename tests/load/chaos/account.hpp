#pragma once

#include "clock.hpp"
#include "population.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace herald::load {

/// How a chaos run ended, in deliveries: a message counts once for each session that it is due to.
struct chaos_verdict {
  std::uint64_t accepted = 0;        ///< messages answered 202
  std::uint64_t undecided = 0;       ///< messages submitted and never answered 202: may have been delivered or not
  std::uint64_t due = 0;             ///< deliveries of accepted messages
  std::uint64_t delivered = 0;       ///< … that came, each counted once
  std::uint64_t lost = 0;            ///< … that did not come, and no reset said so
  std::uint64_t excused = 0;         ///< … that did not come, and a reset said so
  std::uint64_t doubled = 0;
  std::uint64_t out_of_order = 0;    ///< came after a later one of its channel
  std::uint64_t misrouted = 0;       ///< came to a session it was not for
  std::uint64_t never_published = 0; ///< a number that was not submitted
  std::uint64_t undecided_delivered = 0;
  std::uint64_t resets = 0;
  std::uint64_t resets_in_vain = 0;  ///< … that excused nothing

  bool flawless() const { return lost == 0 && doubled == 0 && out_of_order == 0 && misrouted == 0 && never_published == 0; }
};

/// What became of the messages of some time.
struct chaos_portion {
  std::uint64_t accepted = 0;
  std::uint64_t due = 0;
  std::uint64_t delivered = 0;
};

/// Knows for every message when it was accepted, and for every session on its channel whether and when it came.
///
/// A reset excuses what its session had not got on that channel when the reset arrived, of what had been submitted by then; but
/// once a message has come after the reset, those behind it are due again: what is still in the log follows a reset.
class account {
public:
  explicit account(const population& people);

  // -- publishing --------------------------------------------------------------------------------------------------------

  /// The next number on a channel: 1, 2, 3, …
  std::uint32_t submit(channel_id channel);
  void accept(channel_id channel, std::uint32_t number, nanos time);

  // -- receiving ---------------------------------------------------------------------------------------------------------

  void receive(session_id session, channel_id channel, std::uint32_t number, nanos time);
  void reset(session_id session, channel_id channel, nanos time);

  // -- judging -----------------------------------------------------------------------------------------------------------

  /// Deliveries of accepted messages that are neither made nor excused yet.
  std::uint64_t missing_so_far() const { return counts_.due - delivered_accepted_ - excused_accepted_; }
  std::uint64_t delivered_so_far() const { return counts_.delivered; }
  std::uint64_t accepted_so_far() const { return counts_.accepted; }
  std::uint64_t resets_so_far() const { return counts_.resets; }

  /// Takes what resets at the end still excuse, and counts what is missing. Nothing may follow.
  chaos_verdict settle();

  /// How long after `time` the last of the messages came that were not everywhere within `tolerance` of their acceptance, or that
  /// were on their way at `time`. 0: none. Negative: some never came.
  nanos whole_after(nanos time, nanos tolerance) const;

  /// Of messages accepted from `from` to just before `to`.
  chaos_portion accepted_between(nanos from, nanos to) const;

  /// The longest time from a message's acceptance to its last delivery.
  nanos max_lateness() const;

  std::uint32_t submitted(channel_id channel) const { return static_cast<std::uint32_t>(messages_[channel].size()); }
  bool accepted(channel_id channel, std::uint32_t number) const { return messages_[channel][number - 1].accepted_at > 0; }

  /// Numbers on a channel that at least one session was excused from.
  std::vector<std::uint32_t> excused_numbers(channel_id channel) const;

  /// A line for each of the first faults.
  const std::vector<std::string>& examples() const { return examples_; }

private:
  struct message {
    nanos accepted_at = 0; ///< 0: not accepted
    nanos last_at = 0;     ///< when the last session that has it got it, or was excused
    std::uint64_t open;    ///< sessions that have neither
    std::uint32_t excused = 0;
  };

  /// What a session knows of a channel.
  struct place {
    std::uint32_t last = 0;         ///< the highest number that came
    std::uint32_t reset_bound = 0;  ///< up to where the last reset excuses what is above `last`; 0: there was none since
    nanos reset_at = 0;
    bool reset_helped = true;
    std::vector<bool> settled;      ///< by number - 1: came
    std::vector<bool> excused;
  };

  place* find(session_id session, channel_id channel);
  void close(message& what, nanos time);
  void excuse(place& at, channel_id channel, std::uint32_t first, std::uint32_t last);
  void end_reset(place& at, channel_id channel, std::uint32_t before);
  void settle_place(session_id session, std::uint32_t slot);
  void example(const char* what, session_id session, channel_id channel, std::uint32_t first, std::uint32_t last);
  void example(const char* what, session_id session, channel_id channel, std::uint32_t number) {
    example(what, session, channel, number, number);
  }

  const population& people_;
  std::vector<std::vector<message>> messages_; // by channel
  std::vector<place> places_;                  // by session × slots + slot
  std::uint64_t delivered_accepted_ = 0, excused_accepted_ = 0;
  chaos_verdict counts_;
  std::vector<std::string> examples_;
};

} // namespace herald::load
