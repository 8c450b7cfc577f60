#include "chaos/account.hpp"

#include <algorithm>

namespace herald::load {

namespace {

constexpr std::size_t max_examples = 20;

bool at(const std::vector<bool>& flags, std::uint32_t number) {
  return number <= flags.size() && flags[number - 1];
}

void raise(std::vector<bool>& flags, std::uint32_t number) {
  if (flags.size() < number)
    flags.resize(number);
  flags[number - 1] = true;
}

} // namespace

account::account(const population& people)
  : people_(people), messages_(people.channels()), places_(std::size_t{people.sessions()} * people.slots()) {}

// -- publishing ----------------------------------------------------------------------------------------------------------

std::uint32_t account::submit(channel_id channel) {
  message fresh;
  fresh.open = people_.fan_out(channel);
  messages_[channel].push_back(fresh);
  return submitted(channel);
}

/// A message may be everywhere before its publisher hears that it was accepted.
void account::accept(channel_id channel, std::uint32_t number, nanos time) {
  auto& what = messages_[channel][number - 1];
  if (what.accepted_at > 0)
    return;
  what.accepted_at = time;
  const auto all = people_.fan_out(channel);
  ++counts_.accepted;
  counts_.due += all;
  delivered_accepted_ += all - what.open - what.excused;
  excused_accepted_ += what.excused;
}

// -- receiving -----------------------------------------------------------------------------------------------------------

account::place* account::find(session_id session, channel_id channel) {
  const auto slot = people_.slot_of(session, channel);
  return slot ? &places_[std::size_t{session} * people_.slots() + *slot] : nullptr;
}

void account::close(message& what, nanos time) {
  what.last_at = std::max(what.last_at, time);
  --what.open;
}

void account::receive(session_id session, channel_id channel, std::uint32_t number, nanos time) {
  auto* here = find(session, channel);
  const bool known = here != nullptr && number > 0 && number <= submitted(channel);
  if (!known) {
    ++(here == nullptr ? counts_.misrouted : counts_.never_published);
    example(here == nullptr ? "misrouted" : "never published", session, channel, number);
    return;
  }
  if (at(here->settled, number)) {
    ++counts_.doubled;
    example("doubled", session, channel, number);
    return;
  }
  if (number < here->last) {
    ++counts_.out_of_order;
    example("out of order", session, channel, number);
  } else {
    end_reset(*here, channel, number);
    here->last = number;
  }
  raise(here->settled, number);
  auto& what = messages_[channel][number - 1];
  if (at(here->excused, number)) { // late, and said to be gone: out of order as it is, and no longer missing
    here->excused[number - 1] = false;
    --what.excused;
    if (what.accepted_at > 0)
      --excused_accepted_;
    what.last_at = std::max(what.last_at, time);
  } else {
    close(what, time);
  }
  ++counts_.delivered;
  if (what.accepted_at > 0)
    ++delivered_accepted_;
}

void account::reset(session_id session, channel_id channel, nanos time) {
  ++counts_.resets;
  auto* here = find(session, channel);
  if (here == nullptr) {
    ++counts_.misrouted;
    example("a misrouted reset", session, channel, 0);
    return;
  }
  if (here->reset_bound > 0 && !here->reset_helped) // the second of two resets without a message between them
    ++counts_.resets_in_vain;
  here->reset_bound = submitted(channel);
  here->reset_at = time;
  here->reset_helped = false;
  if (here->last > 1)
    excuse(*here, channel, 1, here->last - 1);
  if (here->reset_bound == 0) // nothing had been submitted
    ++counts_.resets_in_vain;
}

/// Takes [first, last] as excused by the last reset, as far as it is missing.
void account::excuse(place& here, channel_id channel, std::uint32_t first, std::uint32_t last) {
  for (auto number = first; number <= last; ++number) {
    if (at(here.settled, number) || at(here.excused, number))
      continue;
    auto& what = messages_[channel][number - 1];
    raise(here.excused, number);
    close(what, here.reset_at);
    ++what.excused;
    if (what.accepted_at > 0)
      ++excused_accepted_;
    here.reset_helped = true;
  }
}

/// A message came after a reset, or nothing will: what lies between is what the reset was about.
void account::end_reset(place& here, channel_id channel, std::uint32_t before) {
  if (here.reset_bound == 0)
    return;
  excuse(here, channel, here.last + 1, std::min(before - 1, here.reset_bound));
  counts_.resets_in_vain += here.reset_helped ? 0 : 1;
  here.reset_bound = 0;
}

// -- judging -------------------------------------------------------------------------------------------------------------

chaos_verdict account::settle() {
  for (session_id session = 0; session < people_.sessions(); ++session)
    for (std::uint32_t slot = 0; slot < people_.slots(); ++slot)
      settle_place(session, slot);
  for (const auto& channel : messages_)
    for (const auto& what : channel)
      counts_.undecided += what.accepted_at > 0 ? 0 : 1;
  counts_.excused = excused_accepted_;
  counts_.undecided_delivered = counts_.delivered - delivered_accepted_;
  counts_.delivered = delivered_accepted_;
  return counts_;
}

void account::settle_place(session_id session, std::uint32_t slot) {
  auto& here = places_[std::size_t{session} * people_.slots() + slot];
  const auto channel = people_.channel_at(session, slot);
  end_reset(here, channel, submitted(channel) + 1);
  const auto is_lost = [&](std::uint32_t number) {
    return number <= submitted(channel) && accepted(channel, number) && !at(here.settled, number) && !at(here.excused, number);
  };
  for (std::uint32_t number = 1; number <= submitted(channel); ++number) {
    const auto first = number;
    for (; is_lost(number); ++number)
      ++counts_.lost;
    if (number > first)
      example("lost", session, channel, first, number - 1);
  }
}

nanos account::whole_after(nanos time, nanos tolerance) const {
  nanos latest = time;
  for (const auto& channel : messages_)
    for (const auto& what : channel) {
      if (what.accepted_at == 0)
        continue;
      if (what.open > 0)
        return -1;
      if (what.accepted_at < time || what.last_at - what.accepted_at > tolerance)
        latest = std::max(latest, what.last_at);
    }
  return latest - time;
}

chaos_portion account::accepted_between(nanos from, nanos to) const {
  chaos_portion result;
  for (channel_id channel = 0; channel < messages_.size(); ++channel)
    for (const auto& what : messages_[channel]) {
      if (what.accepted_at < from || what.accepted_at >= to)
        continue;
      ++result.accepted;
      result.due += people_.fan_out(channel);
      result.delivered += people_.fan_out(channel) - what.open - what.excused;
    }
  return result;
}

nanos account::max_lateness() const {
  nanos longest = 0;
  for (const auto& channel : messages_)
    for (const auto& what : channel)
      if (what.accepted_at > 0)
        longest = std::max(longest, what.last_at - what.accepted_at);
  return longest;
}

std::vector<std::uint32_t> account::excused_numbers(channel_id channel) const {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t number = 1; number <= submitted(channel); ++number)
    if (messages_[channel][number - 1].excused > 0)
      numbers.push_back(number);
  return numbers;
}

void account::example(const char* what, session_id session, channel_id channel, std::uint32_t first, std::uint32_t last) {
  if (examples_.size() >= max_examples)
    return;
  examples_.push_back(std::string{what} + ": session " + std::to_string(session) + " of user "
                      + people_.name_of(people_.user(people_.user_of(session))) + ", channel " + people_.name_of(channel) + ", number "
                      + std::to_string(first) + (first == last ? "" : "–" + std::to_string(last)));
}

} // namespace herald::load
