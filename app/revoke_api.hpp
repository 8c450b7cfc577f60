#pragma once

#include "actors/messages.hpp"
#include "transport/http/message.hpp"

#include <chrono>

namespace herald::app {

/// `DELETE /admin/users/{id}/sessions` and `POST /admin/revoke`: end sessions on every node, and refuse the tokens they came with.
/// Thread: the internal port's; the answer comes on the warden's.
class revoke_api {
public:
  /// `has_tokens`: whether there are any to revoke. `ttl`: for how long a revocation is kept that does not say.
  revoke_api(warden_actor who, bool has_tokens, std::chrono::milliseconds ttl);

  void kick(const transport::http_request& request, transport::http_reply reply) const;
  void revoke(const transport::http_request& request, transport::http_reply reply) const;

private:
  void give(order what, transport::http_reply reply) const;

  warden_actor warden_;
  bool has_tokens_;
  std::chrono::seconds ttl_;
};

}  // namespace herald::app
