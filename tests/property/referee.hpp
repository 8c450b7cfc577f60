#pragma once

#include "tests/property/redis_model.hpp"

#include <optional>
#include <string>

namespace herald::property {

/// Holds what one consumer of one channel gets against what was accepted: everything after its start, once, in order, but
/// for what it was told is gone. A failover that nobody could have noticed excuses what was lost with it.
class referee {
public:
  /// `is_strict`: nothing may come twice. Else what comes after a reset may repeat what came before it.
  referee(redis_model& redis, std::string channel, std::string who, bool is_strict = true)
    : redis_(redis), channel_(std::move(channel)), who_(std::move(who)), is_strict_(is_strict) {}

  /// The consumer has a position: from here on it is to get everything. Later ones change nothing.
  void has_position(const cursor& at);
  void delivered(redis_model::number message, const std::optional<cursor>& at);
  void reset();
  /// Nothing is on its way any more.
  void finish();

  /// It gave its subscription up, and begins anew.
  void leave();

  /// What is wrong; empty if nothing is.
  const std::string& error() const noexcept { return error_; }
  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t resets() const noexcept { return resets_; }

private:
  void fail(const std::string& what);
  void check_missing(redis_model::number from, redis_model::number end);
  bool is_excused(const redis_model::fate& what) const;
  bool is_justified();
  redis_model::number first_due() const { return last_ ? *last_ + 1 : due_; }

  redis_model& redis_;
  std::string channel_;
  std::string who_;
  bool is_strict_;
  std::string error_;
  bool has_begun_ = false;
  redis_model::number due_ = 0;                ///< The first that it has to get, if it has got none yet.
  std::optional<redis_model::number> last_;
  std::optional<cursor> at_;
  std::optional<redis_model::step> reset_at_;  ///< Since the last delivery.
  std::uint64_t general_resets_ = 0;           ///< Those that nothing which it lacks accounts for.
  std::uint64_t count_ = 0;
  std::uint64_t resets_ = 0;
};

}  // namespace herald::property
