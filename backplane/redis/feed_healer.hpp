#pragma once

#include "backplane/feed_table.hpp"
#include "backplane/redis/log_reader.hpp"

#include <cstddef>

namespace herald::backplane {

/// Makes of each feed a stream without a gap and without a repeat: of what Redis sends live, and of the log where that
/// lacks something.
///
///     subscribed ──▶ look where the log ends, read what was missed ──▶ live ──▶ a jump ──▶ read … ──▶ live
///
/// Subscribed first, then read: never the other way round.
/// Thread: the bridge's.   Bound: `log_reader`'s, and `catch_up`'s for each feed that is being read.
class feed_healer {
public:
  /// Whoever it works for.
  class listener {
  public:
    /// The next notification of a feed.
    virtual void on_next(feed& to, notification what) = 0;
    /// What came before `to.position`, and was not passed on, is gone for good. `passed_on` was passed on last.
    virtual void on_lost(feed& to, const cursor& passed_on) = 0;
    /// The log knows of a loss that it did not know of when it was last read: somebody else found it.
    virtual void on_loss_found(feed& to) = 0;
    /// From `to.position` on nothing is missing, now and later. It `was_live` if it only had a gap.
    virtual void on_whole(feed& to, bool was_live) = 0;
    /// That was all for now.
    virtual void on_healing_step() = 0;

  protected:
    ~listener() = default;
  };

  feed_healer(feed_table& feeds, log_reader& logs, shard_stats& counts, listener& told)
    : feeds_(feeds), logs_(logs), counts_(counts), listener_(told) {}

  /// The feed is subscribed as of now: what was missed meanwhile is in the log.
  void begin(feed& to);

  /// The subscription is lost.
  void interrupt(feed& to);

  /// What came live, with a position.
  void take(feed& to, notification what);

  /// Feeds that are being healed now.
  std::size_t healing() const noexcept { return healing_; }

private:
  void read(feed& to, bool later);
  feed* find(const std::string& name, std::uint32_t reading);
  void on_page(feed& to, const log_page& page);
  void end(feed& to);

  feed_table& feeds_;
  log_reader& logs_;
  shard_stats& counts_;
  listener& listener_;
  std::size_t healing_ = 0;
  std::uint32_t reads_ = 0;
};

}  // namespace herald::backplane
