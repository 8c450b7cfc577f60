#pragma once

#include "app/metrics.hpp"
#include "transport/actor_survey.hpp"
#include "transport/http/message.hpp"

#include <string>

namespace herald::app {

/// `GET /admin/actors?kind=&sort=mailbox|outbox|busy|age|bytes&limit=`: the actors that have the most of something, over all shards.
/// Thread: the internal port's.   Bound: 1,000 rows; 200 ms.
/// Errors: 400 for a field that is not known or out of range; 501 where the node was built without actor stats.
class actors_api {
public:
  actors_api(transport::actor_survey& survey, const metrics& numbers, std::string node)
    : survey_(survey), metrics_(numbers), node_(std::move(node)) {}

  void show(const transport::http_request& request, transport::http_reply reply) const;

private:
  transport::actor_survey& survey_;
  const metrics& metrics_;
  std::string node_;
};

}  // namespace herald::app
