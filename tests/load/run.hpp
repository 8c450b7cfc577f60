#pragma once

#include "crowd.hpp"
#include "process_meter.hpp"
#include "progress.hpp"
#include "publisher.hpp"
#include "results.hpp"
#include "traffic.hpp"

#include <memory>

namespace herald::load {

/// One run, from the first connect to the verdict: connect everybody, rest, publish, wait for what is due, rest (for doubles).
/// Thread: one.   Bound: `--timeout`, whatever happens.
///
///   traffic ──stamp──▶ publisher ──▶ Redis or a node ──▶ … ──▶ crowd ──frame──▶ referee ──▶ ledger, histogram
class run {
public:
  explicit run(const options& given);

  results carry_out();

private:
  bool connect_all();
  void hold(nanos duration);
  void publish_all();
  void await_deliveries();
  void finish();

  /// One round: publishes what is due, polls (until `deadline` at most), handles, and rests.
  void turn(nanos deadline);
  void submit_due(nanos time);
  bool stopped();

  const options& given_;
  population people_;
  message_codec codec_;
  ledger book_;
  referee judge_;
  poller events_;
  crowd crowd_;
  traffic traffic_;
  std::unique_ptr<publisher> publisher_;
  process_meter meter_;
  progress progress_;
  results results_;
  nanos began_ = 0;
  nanos published_at_ = 0; ///< when publishing began; 0: not yet
};

} // namespace herald::load
