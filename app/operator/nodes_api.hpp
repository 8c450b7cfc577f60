#pragma once

#include "app/operator/fleet.hpp"
#include "transport/http/message.hpp"

#include <string>

namespace herald::app {

/// `GET /admin/nodes`: the fleet as this node knows it.
/// Thread: the internal port's; the answer comes on the fleet's.
class nodes_api {
public:
  explicit nodes_api(fleet_actor who) : fleet_(std::move(who)) {}

  void show(const transport::http_request& request, transport::http_reply reply) const;

private:
  fleet_actor fleet_;
};

/// The answer's body; the first node is this one.
std::string to_json(const fleet_view& what);

}  // namespace herald::app
