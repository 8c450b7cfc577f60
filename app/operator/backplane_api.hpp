#pragma once

#include "app/operator/inspector.hpp"
#include "backplane/bridge.hpp"
#include "transport/http/message.hpp"

namespace herald::app {

/// `GET /admin/backplane`: how this node is connected to its backplane, what it hears, and how far behind it is.
/// Thread: the internal port's; the answer comes on the inspector's.
class backplane_api {
public:
  backplane_api(inspector_actor here, const backplane::bridge_status& status) : inspector_(std::move(here)), status_(status) {}

  void show(const transport::http_request& request, transport::http_reply reply) const;

private:
  inspector_actor inspector_;
  const backplane::bridge_status& status_;
};

/// With the bridge's shard standing still, what it wrote down is shown without its connections.
std::string to_json(const backplane::bridge_status& status, const std::variant<backplane_facts, failure>& facts);

}  // namespace herald::app
