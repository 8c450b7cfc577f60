#pragma once

#include "app/metrics.hpp"
#include "app/operator/actors_query.hpp"
#include "app/operator/fleet.hpp"
#include "transport/actor_survey.hpp"
#include "transport/http/message.hpp"

#include <functional>
#include <string>
#include <utility>

namespace herald::app {

struct actors_answer;

/// `GET /admin/actors?kind=&sort=mailbox|outbox|busy|age|bytes&limit=&nodes=all`: the actors that have the most of something, over all shards
/// of this node, or of the fleet; and the answer to another node that asks for it.
/// Thread: the internal port's.
/// Bound:  1,000 rows in 200 ms; where other nodes are asked, 200 rows, and as long as they are given.
/// Errors: 400 for a field that is not known or out of range; 404 for a node that is not there; 501 where the node was built without actor
///         stats.
class actors_api {
public:
  actors_api(transport::actor_survey& survey, const metrics& numbers, std::string node)
    : survey_(survey), metrics_(numbers), node_(std::move(node)) {}

  void show(const fleet_actor& nodes, const transport::http_request& request, transport::http_reply reply) const;

  /// For `fleet_options::answers`. This has to outlive the fleet.
  responder answer() const;

private:
  void survey(const actor_query& asked, std::function<void(actors_answer)> then) const;
  void ask_nodes(const fleet_actor& nodes, actors_question asked, transport::http_reply reply) const;

  transport::actor_survey& survey_;
  const metrics& metrics_;
  std::string node_;
};

}  // namespace herald::app
