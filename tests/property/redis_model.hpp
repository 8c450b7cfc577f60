#pragma once

#include "actors/cursor.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::property {

/// What a Redis server holds of the channels' logs, and what `publish.lua` and `read.lua` do with it; and what became of each
/// message that was ever accepted, which is what the referee goes by.
///
/// Messages of a channel are numbered from 1 in the order in which they were accepted; the number is the message's data.
class redis_model {
public:
  using number = std::uint64_t;
  using step = std::uint64_t;

  /// What became of a message.
  struct fate {
    cursor at;
    step accepted_at = 0;
    step absent_since = 0;  ///< Trimmed; 0: it is in the log.
    step lost_in_failover = 0;
    step lost_with_log = 0;
    bool is_lost() const noexcept { return lost_in_failover != 0 || lost_with_log != 0; }
  };

  /// `knows_run`: whether nodes may ask a server who it is.
  redis_model(std::uint64_t seed, bool knows_run) : random_(seed), knows_run_(knows_run) { begin_run(); }

  // -- the scripts ---
  /// Accepts a message, and gives what is published.
  std::string publish(const std::string& name, std::size_t max_entries);
  /// The answer of `read.lua`, as bytes.
  std::string read(const std::string& name, std::uint64_t after, std::size_t max_entries) const;
  /// The answer to `HMGET meta epoch offset id lost`, as bytes.
  std::string head(const std::string& name) const;

  bool pages_have_holes = false;  ///< A planted fault.

  // -- what happens to servers ---
  /// Another server takes over that lacks the last `count` messages, or as many as there were since the last time.
  void fail_over(std::size_t count);
  /// Everything is gone.
  void lose_everything();
  /// Entries are deleted, the oldest first, but not where the log ends.
  void trim(const std::string& name, std::size_t keep);

  // -- for the referee ---
  void advance() noexcept { ++now_; }
  step now() const noexcept { return now_; }
  std::uint64_t trims(const std::string& name) { return trims_[name]; }  ///< How often entries went.
  const std::vector<fate>& fates(const std::string& name) { return fates_[name]; }  ///< The first is number 1.
  /// Writes down what happens, where HERALD_PROPERTY_TRACE is set.
  void trace(const std::string& what) const;
  std::uint64_t disasters() const noexcept { return disasters_; }  ///< Failovers and losses of everything.

private:
  struct entry {
    std::uint64_t offset;
    std::string id;
    std::string payload;
    number message;
  };
  struct log {
    std::string epoch;  ///< Empty: there is none.
    std::uint64_t offset = 0;
    std::string id;
    std::string run;
    std::deque<std::pair<std::string, std::uint64_t>> ends;
    std::deque<entry> entries;
    number last = 0;
  };
  using state = std::map<std::string, log>;

  void begin_run();
  std::string new_epoch();
  std::string fork_of(const std::string& epoch);
  void note_absent(const std::string& name);
  const log& find(const std::string& name) const;

  state now_held_;
  std::deque<state> replicas_;  ///< As it was before each of the last messages, the latest last.
  std::map<std::string, std::vector<fate>> fates_;
  std::mt19937_64 random_;
  bool knows_run_;
  std::string run_;
  std::uint64_t runs_ = 0;
  step now_ = 1;
  std::map<std::string, std::uint64_t> trims_;
  std::uint64_t disasters_ = 0;
};

}  // namespace herald::property
