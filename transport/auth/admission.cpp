#include "transport/auth/admission.hpp"

#include <string>
#include <utility>

namespace herald::transport {
namespace {

http_response refusal(const token_failure& why) {
  if (why.reason == token_refusal::no_keys) return error_response(503, "unavailable", why.message, "token");
  if (why.reason == token_refusal::missing) {
    auto answer = error_response(401, "unauthorized", why.message, "token");
    answer.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="herald")");
    return answer;
  }
  auto answer = error_response(401, "invalid_token", why.message, "token");
  std::string challenge = R"(Bearer realm="herald", error="invalid_token", error_description=")";
  // RFC 6750, section 3: neither quotes nor backslashes, nor anything but ASCII.
  for (const char c : why.message) challenge += c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '\'';
  answer.headers.emplace_back("WWW-Authenticate", challenge + '"');
  return answer;
}

}  // namespace

std::optional<http_response> admit(authenticator::outcome outcome, hello& who) {
  if (const auto* why = std::get_if<token_failure>(&outcome)) return refusal(*why);
  auto granted = std::get<grant_ptr>(std::move(outcome));
  if (!who.user.empty() && who.user != granted->user)
    return error_response(400, "bad_field", "user: not the token's sub: leave it out", "user");
  for (const auto& group : who.groups)
    if (!granted->may_join(group))
      return error_response(403, "forbidden", "groups: the token does not allow " + std::string{group.id()}, "groups");
  who.user = granted->user;
  who.grant = std::move(granted);
  return std::nullopt;
}

}  // namespace herald::transport
