#include "backplane/publish_trace.hpp"

#include "actors/log.hpp"

#include <variant>

namespace herald::backplane {

std::shared_ptr<const publish_trace> publish_trace::begin(trace_ring& into, const publication& what, std::int64_t now_ms) {
  std::shared_ptr<const publish_trace> made{new publish_trace{into, what, now_ms}};
  into.note(made->subject(), trace_step::asked);
  return made;
}

publish_trace::publish_trace(trace_ring& into, const publication& what, std::int64_t now_ms)
  : into_(into), id_(what.id), to_(what.to), traceparent_(what.traceparent), data_bytes_(what.data.size()), time_ms_(now_ms) {}

trace_subject publish_trace::subject(const std::optional<cursor>& position) const noexcept {
  return {id_, to_, time_ms_, position, data_bytes_, traceparent_};
}

void publish_trace::answered(const published& outcome) const {
  if (const auto* why = std::get_if<failure>(&outcome.result)) return into_.note(subject(), trace_step::refused, 0, why->message);
  const auto& got = std::get<receipt>(outcome.result);
  into_.note(subject(got.position), got.repeated ? trace_step::repeated : trace_step::accepted);
  log_traced(id_, to_, traceparent_);
}

void log_traced(std::string_view id, const channel& to, std::string_view traceparent) {
  const auto trace_id = trace_id_of(traceparent);
  if (trace_id.empty())
    log::limited(log::level::info, "notification_traced", {{"id", id}, {"channel", to.name()}});
  else
    log::limited(log::level::info, "notification_traced", {{"id", id}, {"channel", to.name()}, {"trace_id", trace_id}});
}

}  // namespace herald::backplane
