#pragma once

#include "clock.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace herald::load {

/// CPU time and memory of other processes, added up.
class process_meter {
public:
  explicit process_meter(std::vector<pid_t> pids) : pids_(std::move(pids)) {}

  bool empty() const { return pids_.empty(); }

  /// Which process can't be read, or nothing.
  std::string check() const;

  /// CPU time used so far, of all threads that are alive. From schedstat, to the nanosecond; else from stat, to 10 ms.
  nanos cpu() const;

  /// Proportional set size, in bytes.
  std::uint64_t pss_bytes() const;

private:
  std::vector<pid_t> pids_;
};

/// CPU time that this process has used.
nanos own_cpu();

} // namespace herald::load
