#pragma once

#include "actors/channel.hpp"
#include "actors/cursor.hpp"
#include "actors/descriptions.hpp"
#include "app/drain/forecast.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace herald::app {

/// Finds out how fast channels' logs move on, by looking twice at where each ends.
/// Thread: one.
class log_look {
public:
  log_look(std::vector<channel> which, std::uint64_t max_entries);

  const std::vector<channel>& channels() const noexcept { return channels_; }

  /// What a look at channel `index` found: the first or the second one. In any order.
  void first(std::size_t index, const channel_facts& found) { note(index, found, &ends::first); }
  void second(std::size_t index, const channel_facts& found) { note(index, found, &ends::second); }

  /// `between`: from the first looks to the second ones.
  log_cover cover(std::chrono::milliseconds between) const;

private:
  struct ends {
    std::optional<std::uint64_t> first, second;
  };

  void note(std::size_t index, const channel_facts& found, std::optional<std::uint64_t> ends::*which);

  std::vector<channel> channels_;
  std::vector<ends> ends_;
  std::uint64_t max_entries_;
};

}  // namespace herald::app
