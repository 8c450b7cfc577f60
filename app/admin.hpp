#pragma once

#include "app/access.hpp"
#include "app/admin_route.hpp"
#include "app/health.hpp"
#include "app/metrics.hpp"
#include "app/revoke_api.hpp"
#include "transport/http/message.hpp"
#include "transport/http/publish_api.hpp"

#include <string>
#include <vector>

namespace herald::app {

/// What the internal port answers: publish, probes, metrics, how many actors there are, ending sessions, the page to try herald
/// with and the operators', and what `more` adds. Who may ask for what is for `access` to say.
/// Thread: the internal port's.
class admin {
public:
  admin(transport::publish_api publish, const health& state, metrics& numbers, access& who, revoke_api orders, std::string page,
        std::vector<admin_route> more);

  void handle(transport::http_request request, transport::http_reply reply);

private:
  std::vector<admin_route> own_routes();
  transport::http_response bad_method(const std::string& methods) const;
  transport::http_response nothing_here() const;
  transport::http_response livez() const;
  transport::http_response readyz() const;

  transport::publish_api publish_;
  const health& health_;
  metrics& metrics_;
  access& access_;
  revoke_api orders_;
  std::string page_;
  std::vector<admin_route> routes_;
};

}  // namespace herald::app
