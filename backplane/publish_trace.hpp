#pragma once

#include "actors/messages.hpp"
#include "actors/trace_ring.hpp"

#include <cstdint>
#include <memory>

namespace herald::backplane {

/// Says in the log that this one is traced, and by which id it is asked for; with the trace id where there is a traceparent. At most once a second.
void log_traced(std::string_view id, const channel& to, std::string_view traceparent);

/// Follows a publication that is traced from the question to the answer. Of one that is not there is no such thing.
/// Thread: the bridge's.
class publish_trace {
public:
  /// Notes that it was asked for. `now_ms`: Unix time. @pre it is to be traced
  static std::shared_ptr<const publish_trace> begin(trace_ring& into, const publication& what, std::int64_t now_ms);

  /// Notes what became of it, and logs that it is traced.
  void answered(const published& outcome) const;

private:
  publish_trace(trace_ring& into, const publication& what, std::int64_t now_ms);

  trace_subject subject(const std::optional<cursor>& position = {}) const noexcept;

  trace_ring& into_;
  std::string id_;
  channel to_;
  std::string traceparent_;
  std::size_t data_bytes_;
  std::int64_t time_ms_;
};

}  // namespace herald::backplane
