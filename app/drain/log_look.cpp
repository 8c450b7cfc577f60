#include "app/drain/log_look.hpp"

#include <algorithm>

namespace herald::app {

log_look::log_look(std::vector<channel> which, std::uint64_t max_entries) : channels_(std::move(which)), max_entries_(max_entries) {
  std::ranges::sort(channels_, {}, &channel::name);
  channels_.erase(std::unique(channels_.begin(), channels_.end()), channels_.end());
  ends_.resize(channels_.size());
}

void log_look::note(std::size_t index, const channel_facts& found, std::optional<std::uint64_t> ends::*which) {
  if (!found.why_not) ends_[index].*which = found.end ? found.end->offset : 0;
}

log_cover log_look::cover(std::chrono::milliseconds between) const {
  log_cover result;
  result.looked_at = channels_.size();
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    const auto& [first, second] = ends_[i];
    if (!first || !second) {
      ++result.unknown;
    } else if (*second > *first) {
      const std::chrono::milliseconds holds{max_entries_ * static_cast<std::uint64_t>(between.count()) / (*second - *first)};
      if (!result.shortest || holds < *result.shortest) result.shortest = holds, result.channel = channels_[i].name();
    }
  }
  return result;
}

}  // namespace herald::app
