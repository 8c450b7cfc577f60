#include "app/admin.hpp"

#include "actors/log.hpp"
#include "app/operators_page.hpp"

#include <chrono>
#include <utility>

namespace herald::app {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
using transport::http_response;

namespace {

http_response show_operators_page() {
  return {200, operators_page(), "text/html; charset=utf-8",
          {{"Cache-Control", "no-store"}, {"Content-Security-Policy", operators_page_policy()}, {"Referrer-Policy", "no-referrer"},
           {"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace

admin::admin(transport::publish_api publish, const health& state, metrics& numbers, access& who, revoke_api orders,
             std::string page, std::vector<admin_route> more)
  : publish_(std::move(publish)), health_(state), metrics_(numbers), access_(who), orders_(std::move(orders)), page_(std::move(page)),
    routes_(own_routes()) {
  for (auto& one : more) routes_.push_back(std::move(one));
}

std::vector<admin_route> admin::own_routes() {
  return {
    {"GET", "/", [this](const http_request&, http_reply done) {
       done({200, page_, "text/html; charset=utf-8", {{"Cache-Control", "no-cache"}}});
     }},
    {"GET", "/admin/", [](const http_request&, http_reply done) { done(show_operators_page()); }, true},
    {"GET", "/admin", [](const http_request&, http_reply done) { done({308, "", "text/plain", {{"Location", "admin/"}}}); }},
    {"POST", "/api/v1/notifications", [this](const http_request& what, http_reply done) {
       const auto admit = [&](std::size_t messages) { return access_.charge(what, messages, std::chrono::steady_clock::now()); };
       publish_.handle(what, admit, std::move(done));
     }},
    {"GET", "/livez", [this](const http_request&, http_reply done) { done(livez()); }},
    {"GET", "/readyz", [this](const http_request&, http_reply done) { done(readyz()); }},
    {"GET", "/metrics", [this](const http_request&, http_reply done) {
       done({200, metrics_.text(), "text/plain; version=0.0.4; charset=utf-8"});
     }},
    {"POST", "/admin/revoke", [this](const http_request& what, http_reply done) { orders_.revoke(what, std::move(done)); }},
    {"DELETE", "/admin/users/", [this](const http_request& what, http_reply done) { orders_.kick(what, std::move(done)); }},
  };
}

void admin::handle(http_request request, http_reply reply) {
  if (request.path.starts_with("/admin/") && request.method != "GET")
    log::info("admin_action", {{"key", request.caller}, {"method", request.method}, {"path", request.path}, {"peer", request.peer}});
  std::string methods;
  for (const auto& one : routes_) {
    if (!one.covers(request.path)) continue;
    if (one.method == request.method) return one.handle(request, std::move(reply));
    methods.append(methods.empty() ? "" : ", ").append(one.method);
  }
  reply(methods.empty() ? nothing_here() : bad_method(methods));
}

http_response admin::bad_method(const std::string& methods) const {
  auto answer = error_response(405, "bad_method", "this path takes " + methods);
  answer.headers.emplace_back("Allow", methods);
  return answer;
}

http_response admin::nothing_here() const {
  std::string known;
  for (const auto& one : routes_) {
    if (known.find(one.path) != std::string::npos && one.path != "/") continue;
    known.append(known.empty() ? "" : ", ").append(one.path);
  }
  return error_response(404, "not_found", "there is nothing at this path: see " + known);
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

}  // namespace herald::app
