#pragma once

#include "crowd.hpp"
#include "histogram.hpp"
#include "ledger.hpp"
#include "publisher.hpp"
#include "referee.hpp"

#include <string>
#include <vector>

namespace herald::load {

/// All that a run found out.
struct results {
  std::uint64_t sessions_asked = 0;
  crowd_counts sessions;
  nanos connect_time = 0;
  nanos connect_cpu = 0;         ///< of the processes named by --cpu-of
  std::uint64_t pss_before = 0;  ///< of the same, in bytes
  std::uint64_t pss_idle = 0;    ///< all connected, nothing published yet

  std::uint64_t submitted = 0;
  publish_counts published;
  std::uint64_t unanswered = 0;
  nanos publish_time = 0;        ///< from the first message to the last one's submission
  nanos delivery_time = 0;       ///< from the first message to the last delivery
  nanos delivery_cpu = 0;        ///< of the processes named by --cpu-of, in the delivery time or a little more
  nanos own_cpu = 0;             ///< this tool's, in the same time

  verdict account;
  oddities odd;
  histogram latency;
  std::vector<std::string> examples;
  std::string aborted;           ///< why the run could not be carried through, or empty
  bool measured = false;         ///< --cpu-of was given

  /// All who were asked for connected and stayed, all messages were accepted, and each session got exactly what was due to it.
  bool flawless() const;

  double deliveries_per_second() const;
  double cpu_us_per_delivery() const;
  double cpu_us_per_connect() const;
  double bytes_per_connection() const;
};

} // namespace herald::load
