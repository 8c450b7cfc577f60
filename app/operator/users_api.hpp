#pragma once

#include "app/operator/fleet.hpp"
#include "app/operator/inspector.hpp"
#include "transport/http/message.hpp"
#include "transport/protocol/json_writer.hpp"

#include <string>

namespace herald::app {

/// `GET /admin/users/{id}`: where a user's sessions are and how far they have got, on every node; and the answer to another node
/// that asks for it.
/// Thread: the internal port's; answers come on the fleet's and the inspector's, which is the same.
class users_api {
public:
  users_api(fleet_actor nodes, inspector_actor here) : fleet_(std::move(nodes)), inspector_(std::move(here)) {}

  void show(const transport::http_request& request, transport::http_reply reply) const;

  /// For `fleet_options::answers`.
  static responder answer_for(node_id self, inspector_actor here);

private:
  fleet_actor fleet_;
  inspector_actor inspector_;
};

/// What this node says of a user; `{"shard":…,"state":…,"sessions":[…]}`, of up to 900 KiB: sessions beyond that are left out.
std::string to_json(const user_view& what, const node_id& self);

/// What all nodes say of a user.
std::string to_json(const std::string& user, const channel_facts& log, const fleet_answers& from);

/// Where a channel's log is.
void write_log(transport::json::writer& out, const channel_facts& log);

}  // namespace herald::app
