#pragma once

#include "app/access.hpp"
#include "app/health.hpp"
#include "app/metrics.hpp"
#include "app/revoke_api.hpp"
#include "transport/http/message.hpp"
#include "transport/http/publish_api.hpp"

#include <string>

namespace herald::app {

/// What the internal port answers: publish, probes, metrics, how many actors there are, ending sessions, and the page to try herald
/// with. Who may ask for what is for `access` to say.
/// Thread: the internal port's.
class admin {
public:
  admin(transport::publish_api publish, const health& state, metrics& numbers, access& who, revoke_api orders, std::string page);

  void handle(transport::http_request request, transport::http_reply reply);

private:
  struct route;

  transport::http_response livez() const;
  transport::http_response readyz() const;
  transport::http_response actors() const;

  transport::publish_api publish_;
  const health& health_;
  metrics& metrics_;
  access& access_;
  revoke_api orders_;
  std::string page_;
};

}  // namespace herald::app
