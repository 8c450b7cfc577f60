#include "transport/auth/token.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/protocol/json_members.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace herald::transport {
namespace {

token_failure malformed(std::string why) { return {token_refusal::malformed, "malformed: " + std::move(why)}; }

/// What a token's header (RFC 7515, section 4) says that counts here.
struct header {
  std::string algorithm;
  std::string key_id;
};

std::variant<header, token_failure> read_header(std::string_view encoded) {
  const auto text = from_base64url(encoded);
  if (!text) return malformed("its header is not base64url");
  const auto parsed = json::read(*text);
  const auto* in = std::get_if<json::children>(&parsed);
  if (in == nullptr || in->parent != json::kind::object) return malformed("its header is not a JSON object");
  if (json::has_duplicates(*in)) return malformed("its header has a member twice");
  if (in->find("crit") != nullptr) return malformed("its header has crit: herald knows no extensions");
  header found;
  const auto* algorithm = in->find("alg");
  if (algorithm == nullptr || algorithm->what != json::kind::string) return malformed("its header has no alg");
  found.algorithm = json::text_of(*algorithm);
  if (const auto* id = in->find("kid")) {
    if (id->what != json::kind::string) return malformed("its kid is not a string");
    found.key_id = json::text_of(*id);
  }
  return found;
}

std::optional<signature_kind> kind_called(std::string_view name) noexcept {
  for (auto kind : {signature_kind::hs256, signature_kind::rs256, signature_kind::es256})
    if (name == to_string(kind)) return kind;
  return std::nullopt;
}

/// The payload of a token that one of the keys has signed.
std::variant<std::string, token_failure> open(std::string_view token, const header& says, const key_set& keys) {
  const auto kind = kind_called(says.algorithm);
  const auto candidates = kind ? keys.candidates(*kind, says.key_id) : std::vector<const signing_key*>{};
  for (const auto* key : candidates)
    if (auto payload = key->open(token)) return std::move(*payload);
  const bool is_known = says.key_id.empty() || keys.has(says.key_id);
  if (kind && !is_known) return token_failure{token_refusal::unknown_key, "unknown_key: no key here has the token's kid"};
  if (candidates.empty())
    return token_failure{token_refusal::algorithm, "algorithm: the token is not signed as its key demands (RS256, ES256 or HS256)"};
  return token_failure{token_refusal::signature, "signature: it does not fit the token"};
}

}  // namespace

std::variant<grant_ptr, token_failure> verify_token(std::string_view token, const key_set& keys, const token_rules& rules,
                                                    std::int64_t now_ms) {
  if (token.size() > max_token_bytes) return malformed("it has more than 8 KiB");
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return malformed("it is not three parts with dots between");
  if (!from_base64url(token.substr(first + 1, second - first - 1)) || !from_base64url(token.substr(second + 1)))
    return malformed("it is not base64url");
  auto says = read_header(token.substr(0, first));
  if (auto* why = std::get_if<token_failure>(&says)) return std::move(*why);
  auto payload = open(token, std::get<header>(says), keys);
  if (auto* why = std::get_if<token_failure>(&payload)) return std::move(*why);
  return read_claims(std::get<std::string>(payload), rules, now_ms);
}

}  // namespace herald::transport
