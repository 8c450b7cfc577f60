#pragma once

#include "app/operator/fleet.hpp"
#include "app/operator/inspector.hpp"
#include "transport/http/message.hpp"

namespace herald::app {

/// `GET /admin/groups?limit=50`: the groups with most users, on every node; `GET /admin/groups/{id}`: one of them, and its log.
/// Thread: as `users_api`.
class groups_api {
public:
  static constexpr std::size_t max_limit = 1000;

  groups_api(fleet_actor nodes, inspector_actor here) : fleet_(std::move(nodes)), inspector_(std::move(here)) {}

  void list(const transport::http_request& request, transport::http_reply reply) const;
  void show(const transport::http_request& request, transport::http_reply reply) const;

  /// For `fleet_options::answers`: `groups` (so many) and `group` (an id).
  static responder answer_list(inspector_actor here);
  static responder answer_one(inspector_actor here);

private:
  fleet_actor fleet_;
  inspector_actor inspector_;
};

/// What this node says of its groups: `{"groups_in_all":…,"complete":…,"stuck_shards":[…],"groups":[{"id":…,"users":…,"live":…}]}`.
std::string to_json(const groups_view& what);

}  // namespace herald::app
