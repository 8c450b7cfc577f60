#pragma once

#include "actors/log_page.hpp"
#include "actors/notification.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace herald {

/// One channel's way from a position in its log to its live stream, without a gap and without a repeat: for a client that
/// comes back, for one that was too slow, and in the bridge for a subscription that was interrupted.
///
///     begin_read ──▶ page, page, … ──▶ the page that ends where the log ends, then what came live meanwhile ──▶ live
///
/// Whoever owns it hands over what comes live, in order, and reads the log. What comes live while no read is under way, or is
/// too much to keep, is let go: it is in the log, and a later page has it.
/// Thread: its owner's.   Bound: `max_held_runs` runs and `max_held_bytes` of their data.
class catch_up {
public:
  static constexpr std::size_t max_held_runs = 64;
  static constexpr std::size_t max_held_bytes = 64 * 1024;

  /// What to pass on now, in order: first the reset, if there is one.
  struct step {
    std::optional<cursor> reset;  ///< Messages are gone for good; what follows comes after this.
    std::vector<batch_ptr> runs;
    bool is_live = false;         ///< Nothing more is to be read: what comes live comes next.
    std::size_t repeated = 0;     ///< Items that came live and in a page as well.
  };

  /// `after` is what was passed on last.
  explicit catch_up(cursor after) : position_(after) {}

  /// Up to where everything was passed on. The next page is to be read from here.
  const cursor& position() const noexcept { return position_; }

  /// A read begins: what comes live from here on is kept, for it may be later than the page.
  void begin_read() noexcept;

  /// The read under way came to nothing.
  void end_read() noexcept;
  std::size_t held_items() const noexcept { return items_in(held_); }

  /// What comes live: items with a position only. Gives back how many of them were let go.
  std::size_t hold(batch_ptr run);

  /// The live stream was interrupted, or began anew: what was kept may lack something. Gives back how many items were let go.
  std::size_t interrupt() noexcept;

  /// The answer to the read under way.
  step on_page(const log_page& page);

  /// Not all of the last step could be passed on, but what is up to there.
  void go_back(const cursor& to) noexcept { position_ = to; }

private:
  void note_reissued(const batch& run) noexcept;
  void add_held(step& to);
  bool take(const batch_ptr& run, step& to);

  cursor position_;
  std::vector<batch_ptr> held_;
  std::size_t held_bytes_ = 0;
  std::optional<cursor> reissued_;  ///< The earliest that came live with an offset that was passed on already.
  bool reading_ = false;
  bool lacks_some_ = false;
};

}  // namespace herald
