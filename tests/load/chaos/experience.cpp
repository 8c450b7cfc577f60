#include "chaos/experience.hpp"

#include <algorithm>

namespace herald::load {

namespace {

constexpr std::size_t moments_in_a_second = second / experience::moment_length;

/// The value that `percent` of all don't exceed.
nanos percentile(const std::vector<nanos>& sorted, std::size_t percent) {
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

} // namespace

void experience::begin(nanos time) {
  if (counts_)
    end(time);
  else if (began_ == 0)
    began_ = time;
  const bool first = stretches_.empty();
  stretches_.emplace_back().from = time;
  for (auto& each : all_)
    each = {.last = first ? time : each.last, .longest = 0, .reconnects = 0};
  counts_ = true;
}

void experience::end(nanos time) {
  if (!counts_)
    return;
  counts_ = false;
  auto& over = stretches_.back();
  over.to = time;
  sum_up(over);
}

void experience::sum_up(stretch& over) {
  std::vector<nanos> silences;
  for (const auto& each : all_) {
    silences.push_back(std::max(each.longest, over.to - each.last));
    if (over.clients_by_reconnects.size() <= each.reconnects)
      over.clients_by_reconnects.resize(each.reconnects + 1);
    ++over.clients_by_reconnects[each.reconnects];
  }
  std::sort(silences.begin(), silences.end());
  over.silence_p50 = percentile(silences, 50);
  over.silence_p99 = percentile(silences, 99);
  over.silence_max = percentile(silences, 100);
  over.busiest_second = busiest_second(over);
}

std::uint64_t experience::busiest_second(const stretch& of) const {
  const auto first = static_cast<std::size_t>((of.from - began_) / moment_length);
  std::uint64_t most = 0, now = 0;
  for (auto i = first; i < moments_.size(); ++i) {
    now += moments_[i].reconnects;
    if (i >= first + moments_in_a_second)
      now -= moments_[i - moments_in_a_second].reconnects;
    most = std::max(most, now);
  }
  return most;
}

moment& experience::at(nanos time) {
  const auto index = static_cast<std::size_t>((time - began_) / moment_length);
  while (moments_.size() <= index) {
    const auto before = moments_.empty() ? 0 : moments_.back().connected;
    moments_.emplace_back().connected = before;
  }
  return moments_[index];
}

void experience::notified(session_id session, nanos time) {
  if (!counts_)
    return;
  auto& who = all_[session];
  who.longest = std::max(who.longest, time - who.last);
  who.last = time;
  ++at(time).notifications;
}

void experience::came_back(session_id session, nanos time) {
  if (!counts_)
    return;
  ++all_[session].reconnects;
  ++stretches_.back().reconnects;
  ++at(time).reconnects;
}

void experience::failed(nanos time) {
  if (!counts_)
    return;
  ++stretches_.back().failed_attempts;
  ++at(time).failed_attempts;
}

void experience::connected(std::uint64_t now, nanos time) {
  if (counts_)
    at(time).connected = static_cast<std::uint32_t>(now);
}

} // namespace herald::load
