#pragma once

#include "actors/log_page.hpp"
#include "actors/stats.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

/// Where to begin reading a log, and what to say of what is missing: the same for every backplane.
namespace herald::backplane {

/// Until where an earlier epoch of a log counts: another server took over then, and what the old one had beyond is lost.
struct epoch_end {
  std::uint64_t epoch;
  std::uint64_t offset;
  bool lost_some = false;  ///< There was something beyond that was accepted.
};

/// A log, as it was when it was read.
struct log_state {
  std::optional<cursor> head;       ///< Its last position; nothing where there is no log.
  std::uint64_t first = 0;          ///< The first offset that is kept; 0 where nothing is.
  std::vector<epoch_end> ends;      ///< Of its earlier epochs, oldest first.
  bool is_taken_over = false;       ///< The server that wrote last is gone, and what it had beyond the head is lost.
  std::uint32_t losses = 0;         ///< As in `log_page`.
  std::optional<std::uint32_t> tag; ///< Of the entry at the offset that was asked for, if it is kept.
};

/// An entry of a log.
struct log_entry {
  notification what;            ///< With a position.
  std::int64_t expires_ms = 0;  ///< Unix time; 0: never.
};

/// Where reading goes on.
struct log_place {
  std::uint64_t after = 0;      ///< The offset before the first that is to be read.
  std::optional<cursor> reset;  ///< What came before this position, and after the one asked for, is gone for good.
  bool is_guess = false;        ///< As in `log_page`.
  std::optional<std::uint64_t> end;  ///< The page must not go beyond this offset: something after it is lost, to be said in its place.
};

log_place place_in(const log_state& log, const cursor& asked);

/// What may be read at once; one item is in any case.
struct page_limits {
  std::size_t max_bytes = max_page_bytes;  ///< Of data.
  std::chrono::milliseconds max_age{};     ///< Older entries are as good as trimmed.

  /// What is sent with each counts too.
  std::size_t max_items() const noexcept { return std::max<std::size_t>(1, max_bytes / 512); }
};

/// Makes a page of the entries that follow `place.after`. Those that have expired are counted and left out.
log_page make_page(const channel& of, const cursor& asked, const log_place& place, const log_state& log,
                   std::vector<log_entry> entries, std::int64_t now_ms, const page_limits& limits, shard_stats& counts);

}  // namespace herald::backplane
