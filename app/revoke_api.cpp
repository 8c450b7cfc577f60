#include "app/revoke_api.hpp"

#include "actors/unix_time.hpp"
#include "transport/http/revoke_json.hpp"

#include <caf/send.hpp>

#include <string_view>

namespace herald::app {
namespace {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
using transport::http_response;

/// For so long a node that was cut off from Redis hears of a kick when it is back.
constexpr std::chrono::seconds kick_ttl{600};

constexpr std::string_view users = "/admin/users/", sessions = "/sessions";

}  // namespace

revoke_api::revoke_api(warden_actor who, bool has_tokens, std::chrono::milliseconds ttl)
  : warden_(std::move(who)), has_tokens_(has_tokens), ttl_(std::chrono::duration_cast<std::chrono::seconds>(ttl)) {}

void revoke_api::kick(const http_request& request, http_reply reply) const {
  std::string_view path{request.path};
  path.remove_prefix(users.size());
  if (!path.ends_with(sessions))
    return reply(error_response(404, "not_found", "there is nothing at this path: DELETE /admin/users/{id}/sessions ends a user's sessions"));
  path.remove_suffix(sessions.size());
  const auto user = transport::decoded_path(path);
  if (auto why = explain_bad_user_id(user); !why.empty()) return reply(error_response(400, "bad_field", "user: " + why, "user"));
  const auto now = unix_ms();
  give({order::kind::kick, user, now, now / 1000 + kick_ttl.count()}, std::move(reply));
}

void revoke_api::revoke(const http_request& request, http_reply reply) const {
  if (!has_tokens_)
    return reply(error_response(400, "not_supported", "this node runs without authentication: there is no token to revoke"));
  auto read = transport::read_revoke(request.body, unix_ms(), ttl_);
  if (const auto* why = std::get_if<failure>(&read)) return reply(error_response(*why));
  give(std::get<order>(std::move(read)), std::move(reply));
}

void revoke_api::give(order what, http_reply reply) const {
  caf::anon_send(warden_, give_order{std::move(what), [reply = std::move(reply)](std::variant<std::size_t, failure> outcome) {
    if (const auto* why = std::get_if<failure>(&outcome)) return reply(error_response(*why));
    reply({200, R"({"sessions_ended":)" + std::to_string(std::get<std::size_t>(outcome)) + "}\n"});
  }});
}

}  // namespace herald::app
