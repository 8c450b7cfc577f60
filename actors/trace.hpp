#pragma once

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// What goes with a notification for those who look after it, not for its receivers. Few notifications have one: what is traced,
/// and what came with a traceparent.
/// Thread: any (immutable).
struct trace_context : caf::ref_counted {
  trace_context(bool traced, std::string parent, std::string as = {})
    : is_traced(traced), traceparent(std::move(parent)), id(std::move(as)) {}

  bool is_traced;           ///< Each step of its way is written down (`trace_ring`).
  std::string traceparent;  ///< As W3C Trace Context has it; empty: none was given.
  std::string id;           ///< What it is called where it has no id of its own: a plain PUBLISH.
};

using trace_ptr = caf::intrusive_ptr<const trace_context>;

/// Null where there is nothing to say.
trace_ptr make_trace(bool is_traced, std::string traceparent, std::string id = {});

/// A `traceparent` (W3C Trace Context, level 1): `00-<trace id: 32 hex digits>-<parent id: 16>-<flags: 2>`, as it goes on to others. Nothing if
/// it is none. Of a version after 00 that much is read, and it goes on as one of version 00.
std::optional<std::string> read_traceparent(std::string_view text);

/// The trace id in what `read_traceparent` gave, for the log; empty where that is.
std::string_view trace_id_of(std::string_view traceparent) noexcept;

/// `below` for a fraction from 0 to 1 of all ids.
std::uint64_t trace_share(double fraction) noexcept;

/// Whether the notification with this id is one of the few that are traced without having asked for it: the same everywhere.
bool is_picked(std::string_view id, std::uint64_t below) noexcept;

}  // namespace herald
