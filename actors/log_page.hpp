#pragma once

#include "actors/notification.hpp"

#include <cstddef>
#include <optional>

namespace herald {

/// As much of a log as is read at once.
inline constexpr std::size_t max_page_bytes = 128 * 1024;

/// A piece of a channel's log, as it was when it was read.
struct log_page {
  batch_ptr run;                ///< What follows, oldest first; null where there is nothing to deliver.
  std::optional<cursor> reset;  ///< What came between the position asked for and this one is gone for good.
  cursor position;              ///< Up to where this page goes: the last item's, or beyond it what has expired.
  bool at_end = false;          ///< The log ended there.
  bool is_guess = false;        ///< The reset is: offsets were given anew, and nobody knows from which one on.
  std::uint32_t losses = 0;     ///< Names all losses that the log knows of; another number: it knows of one more. 0: of none.
};

}  // namespace herald
