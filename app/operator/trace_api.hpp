#pragma once

#include "app/operator/fleet.hpp"
#include "app/operator/inspector.hpp"
#include "transport/http/message.hpp"

#include <cstdint>
#include <string>

namespace herald::app {

/// `GET /admin/trace/{id}`: what became of a notification, step by step and session by session, on every node.
/// Thread: as `users_api`.
class trace_api {
public:
  explicit trace_api(fleet_actor nodes) : fleet_(std::move(nodes)) {}

  void show(const transport::http_request& request, transport::http_reply reply) const;

  /// For `fleet_options::answers`: `trace` (an id).
  static responder answer_for(inspector_actor here);

private:
  fleet_actor fleet_;
};

/// What a node says has been going on for less than that may still be on its way.
inline constexpr std::int64_t trace_settles_ms = 1000;

/// What this node knows of a notification; times in Unix milliseconds. Of up to 200 sessions, those that tell most first, and 50 channels.
std::string to_json(const trace_view& what, std::int64_t now_ms);

/// What all nodes know of it, of up to 900 KiB and a few for each node: sessions beyond that are left out.
std::string trace_json(const std::string& id, const fleet_answers& from, std::int64_t now_ms);

}  // namespace herald::app
