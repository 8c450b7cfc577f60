#include "ledger.hpp"

#include <algorithm>

namespace herald::load {

namespace {
constexpr std::size_t max_examples = 10;
}

ledger::ledger(const population& people)
  : people_(people), published_(people.channels()), last_(std::size_t{people.sessions()} * people.slots()) {}

std::uint32_t ledger::publish(channel_id channel) {
  due_ += people_.fan_out(channel);
  return ++published_[channel];
}

void ledger::excuse(channel_id channel, std::uint32_t sequence) {
  const auto fan_out = people_.fan_out(channel);
  due_ -= std::min(due_, fan_out);
  excused_[channel].push_back(sequence);
}

bool ledger::receive(session_id session, channel_id channel, std::uint32_t sequence) {
  const auto slot = people_.slot_of(session, channel);
  if (!slot) {
    ++counts_.misrouted;
    example("misrouted", session, channel, sequence, sequence);
    return false;
  }
  if (sequence == 0 || sequence > published_[channel]) {
    ++counts_.unknown;
    example("never published", session, channel, sequence, sequence);
    return false;
  }
  const auto place = std::uint64_t{session} * people_.slots() + *slot;
  auto& last = last_[place];
  if (sequence <= last) {
    const bool late = fill_gap(place, sequence);
    ++(late ? counts_.out_of_order : counts_.doubled);
    example(late ? "out of order" : "doubled", session, channel, sequence, sequence);
    counts_.delivered += late ? 1 : 0;
    return late;
  }
  if (sequence > last + 1)
    gaps_[place].emplace(last + 1, sequence - 1);
  last = sequence;
  ++counts_.delivered;
  return true;
}

/// Takes a late number out of its gap. False if it was not missing.
bool ledger::fill_gap(std::uint64_t place, std::uint32_t sequence) {
  const auto found = gaps_.find(place);
  if (found == gaps_.end())
    return false;
  auto& gaps = found->second;
  auto range = gaps.upper_bound(sequence);
  if (range == gaps.begin())
    return false;
  --range;
  const auto [first, last] = *range;
  if (sequence > last)
    return false;
  gaps.erase(range);
  if (first < sequence)
    gaps.emplace(first, sequence - 1);
  if (sequence < last)
    gaps.emplace(sequence + 1, last);
  return true;
}

verdict ledger::settle(const std::vector<bool>& closed) {
  for (auto& [channel, sequences] : excused_)
    std::sort(sequences.begin(), sequences.end());
  counts_.missing = counts_.missing_on_closed = 0;
  for (session_id session = 0; session < people_.sessions(); ++session)
    for (std::uint32_t slot = 0; slot < people_.slots(); ++slot)
      settle_place(session, slot, closed[session]);
  counts_.due = due_;
  return counts_;
}

void ledger::settle_place(session_id session, std::uint32_t slot, bool closed) {
  const auto place = std::uint64_t{session} * people_.slots() + slot;
  const auto channel = people_.channel_at(session, slot);
  const auto count = [&](std::uint32_t first, std::uint32_t last) {
    const auto missing = inexcusable(channel, first, last);
    if (missing == 0)
      return;
    counts_.missing += missing;
    counts_.missing_on_closed += closed ? missing : 0;
    example(closed ? "missing (its session closed)" : "missing", session, channel, first, last);
  };
  if (const auto found = gaps_.find(place); found != gaps_.end())
    for (const auto& [first, last] : found->second)
      count(first, last);
  if (last_[place] < published_[channel])
    count(last_[place] + 1, published_[channel]);
}

/// How many of [first, last] the publisher was told were accepted.
std::uint64_t ledger::inexcusable(channel_id channel, std::uint32_t first, std::uint32_t last) const {
  const std::uint64_t all = std::uint64_t{last} - first + 1;
  const auto found = excused_.find(channel);
  if (found == excused_.end())
    return all;
  const auto low = std::lower_bound(found->second.begin(), found->second.end(), first);
  const auto high = std::upper_bound(low, found->second.end(), last);
  return all - static_cast<std::uint64_t>(high - low);
}

void ledger::example(const char* what, session_id session, channel_id channel, std::uint32_t first, std::uint32_t last) {
  if (examples_.size() >= max_examples)
    return;
  auto numbers = std::to_string(first) + (first == last ? "" : "–" + std::to_string(last));
  examples_.push_back(std::string{what} + ": session " + std::to_string(session) + " of user " + people_.name_of(people_.user(people_.user_of(session)))
                      + ", channel " + people_.name_of(channel) + ", number " + numbers);
}

} // namespace herald::load
