#include "tests/property/referee.hpp"

#include <algorithm>
#include <utility>

namespace herald::property {

void referee::has_position(const cursor& at) {
  at_ = at;
  redis_.trace(who_ + " in " + channel_ + " is at " + to_string(at));
  if (has_begun_) return;
  has_begun_ = true;
  const auto& fates = redis_.fates(channel_);
  const auto is_there = [&](const auto& x) { return x.at.epoch == at.epoch && x.at.offset == at.offset; };
  const auto found = std::ranges::find_if(fates, is_there);
  if (at == empty_log)
    due_ = 1;
  else if (found != fates.end())
    last_ = static_cast<redis_model::number>(found - fates.begin()) + 1;
  else
    due_ = fates.size() + 1;
}

void referee::delivered(redis_model::number message, const std::optional<cursor>& at) {
  redis_.trace(who_ + " in " + channel_ + " gets " + std::to_string(message));
  const auto& fates = redis_.fates(channel_);
  if (message == 0 || message > fates.size()) return fail("got a message that was never accepted");
  if (at != fates[message - 1].at) fail("got " + std::to_string(message) + " with another's position");
  if (!std::exchange(has_begun_, true)) due_ = message;  // its position is as good as a cursor
  if (last_ && message <= *last_ && (is_strict_ || !reset_at_))
    fail("got " + std::to_string(message) + " after " + std::to_string(*last_));
  check_missing(first_due(), message);
  last_ = message;
  at_ = at;
  reset_at_.reset();
  ++count_;
}

void referee::check_missing(redis_model::number from, redis_model::number end) {
  const auto& fates = redis_.fates(channel_);
  for (auto n = from; n < end; ++n)
    if (!is_excused(fates[n - 1]))
      fail("got " + std::to_string(end) + " without " + std::to_string(n) + ", which nobody said is gone");
}

bool referee::is_excused(const redis_model::fate& what) const {
  if (what.lost_in_failover != 0) return true;
  // An application that reloads gets everything that was accepted by then.
  if (reset_at_ && *reset_at_ > what.accepted_at) return true;
  const auto was_told_since = [this](redis_model::step when) { return reset_at_ && *reset_at_ >= when; };
  // Who never heard of the log can't know that it is gone.
  if (what.lost_with_log != 0) return !at_ || !is_same_log(*at_, what.at) || was_told_since(what.lost_with_log);
  return what.absent_since != 0 && was_told_since(what.absent_since);
}

void referee::reset() {
  ++resets_;
  redis_.trace(who_ + " in " + channel_ + " is told of a reset");
  if (!has_begun_) return;
  if (!is_justified()) fail("was told that messages are gone, and none is");
  reset_at_ = redis_.now();
}

/// Something that it has not got is gone from the log; or others on its node lack something, or something happened to the server
/// that not everybody can see through: of that it is told rather twice than not at all.
bool referee::is_justified() {
  const auto& fates = redis_.fates(channel_);
  for (auto n = first_due(); n <= fates.size(); ++n)
    if (fates[n - 1].absent_since != 0 || fates[n - 1].is_lost()) return true;
  return ++general_resets_ <= 2 * redis_.disasters() + redis_.trims(channel_);
}

void referee::finish() {
  if (!has_begun_) return fail("was never told where it is");
  const auto accepted = redis_.fates(channel_).size();
  if (first_due() != accepted + 1)
    fail("ends with " + std::to_string(first_due() - 1) + ", and " + std::to_string(accepted) + " was accepted");
}

void referee::leave() {
  has_begun_ = false;
  last_.reset();
  at_.reset();
  reset_at_.reset();
  general_resets_ = 0;
}

void referee::fail(const std::string& what) {
  if (error_.empty()) error_ = who_ + " in " + channel_ + ' ' + what + " (step " + std::to_string(redis_.now()) + ')';
}

}  // namespace herald::property
