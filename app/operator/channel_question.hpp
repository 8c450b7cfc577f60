#pragma once

#include "app/operator/fleet.hpp"
#include "app/operator/inspector.hpp"
#include "transport/http/message.hpp"

#include <functional>
#include <string>

namespace herald::app {

/// A question to all nodes, and where a channel's log is.
struct channel_question {
  std::string what;      ///< As in `ask_fleet` …
  std::string argument;  ///< … with this.
  channel log_of;
};

/// Asks both, and answers with what `as_json` makes of them.
/// Thread: any; `as_json` and `reply` are called on the fleet's, once.   Errors: those of `ask_fleet`.
void ask_of_channel(const fleet_actor& nodes, const inspector_actor& here, channel_question question,
                    std::function<std::string(const channel_facts&, const fleet_answers&)> as_json, transport::http_reply reply);

}  // namespace herald::app
