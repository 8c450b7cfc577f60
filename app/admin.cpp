#include "app/admin.hpp"

#include "actors/log.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace herald::app {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
using transport::http_response;

/// One row of the internal port's addresses.
struct admin::route {
  std::string_view method;
  std::string_view path;
  void (*handle)(admin&, const http_request&, http_reply);
};

admin::admin(transport::publish_api publish, const health& state, metrics& numbers, access& who, revoke_api orders,
             std::string page)
  : publish_(std::move(publish)), health_(state), metrics_(numbers), access_(who), orders_(std::move(orders)), page_(std::move(page)) {}

void admin::handle(http_request request, http_reply reply) {
  static constexpr std::array routes{
    route{"GET", "/",
          [](admin& self, const http_request&, http_reply done) {
            done({200, self.page_, "text/html; charset=utf-8", {{"Cache-Control", "no-cache"}}});
          }},
    route{"POST", "/api/v1/notifications",
          [](admin& self, const http_request& what, http_reply done) {
            const auto admit = [&](std::size_t messages) {
              return self.access_.charge(what, messages, std::chrono::steady_clock::now());
            };
            self.publish_.handle(what, admit, std::move(done));
          }},
    route{"GET", "/livez", [](admin& self, const http_request&, http_reply done) { done(self.livez()); }},
    route{"GET", "/readyz", [](admin& self, const http_request&, http_reply done) { done(self.readyz()); }},
    route{"GET", "/metrics",
          [](admin& self, const http_request&, http_reply done) {
            done({200, self.metrics_.text(), "text/plain; version=0.0.4; charset=utf-8"});
          }},
    route{"GET", "/admin/actors", [](admin& self, const http_request&, http_reply done) { done(self.actors()); }},
    route{"POST", "/admin/revoke",
          [](admin& self, const http_request& what, http_reply done) { self.orders_.revoke(what, std::move(done)); }},
    route{"DELETE", "/admin/users/",
          [](admin& self, const http_request& what, http_reply done) { self.orders_.kick(what, std::move(done)); }},
  };
  if (request.path.starts_with("/admin/") && request.method != "GET")
    log::info("admin_action", {{"key", request.caller}, {"method", request.method}, {"path", request.path}, {"peer", request.peer}});
  const auto known = std::ranges::find_if(routes, [&](const route& x) {
    return x.path == request.path || (x.path.size() > 1 && x.path.ends_with('/') && request.path.starts_with(x.path));
  });
  if (known == routes.end())
    return reply(error_response(404, "not_found",
                                "there is nothing at this path: see /, /api/v1/notifications, /livez, /readyz, "
                                "/metrics, /admin/actors, /admin/revoke, /admin/users/{id}/sessions"));
  if (request.method != known->method) {
    auto answer = error_response(405, "bad_method", "this path takes " + std::string{known->method});
    answer.headers.emplace_back("Allow", known->method);
    return reply(std::move(answer));
  }
  known->handle(*this, request, std::move(reply));
}

http_response admin::livez() const {
  const auto stuck = health_.stuck_shard();
  if (!stuck) return {200, "ok\n", "text/plain"};
  return {503, "shard " + std::to_string(*stuck) + " does not turn\n", "text/plain"};
}

http_response admin::readyz() const {
  const auto why = health_.why_not_ready();
  if (why.empty()) return {200, "ok\n", "text/plain"};
  return {503, why + "\n", "text/plain", {{"Retry-After", "1"}}};
}

http_response admin::actors() const {
  std::string body = R"({"totals":{)";
  for (std::size_t i = 0; i < actor_kinds; ++i) {
    const auto kind = static_cast<actor_kind>(i);
    if (i > 0) body += ',';
    body.append("\"").append(to_string(kind)).append("\":").append(std::to_string(metrics_.actors(kind)));
  }
  return {200, body + "}}\n"};
}

}  // namespace herald::app
