#pragma once

#include "clock.hpp"

#include <cstdint>

namespace herald::load {

/// Where a run is.
struct progress_state {
  nanos since_start;
  std::uint64_t ready, sessions, published, delivered, missing;
};

/// A line on stderr each second; on a terminal, the same line again.
class progress {
public:
  explicit progress(bool wanted);

  /// When the next line is due.
  nanos next() const { return next_; }
  void show(const progress_state& state);
  void end();

private:
  bool wanted_;
  bool terminal_;
  nanos next_, last_;
  std::uint64_t last_delivered_ = 0;
};

} // namespace herald::load
