#include "transport/http/revoke_json.hpp"

#include "actors/channel.hpp"
#include "transport/protocol/json_members.hpp"

#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

#include <optional>

namespace herald::transport {
namespace {

constexpr std::int64_t most_seconds = 365 * 24 * 3600;
constexpr std::size_t max_token_id_bytes = 128;

failure bad_field(std::string_view field, std::string_view why) {
  return {errc::bad_field, std::string{field}.append(": ").append(why), std::string{field}};
}

/// Whose tokens, or which token.
std::optional<failure> read_subject(const json::children& in, order& into) {
  const auto* user = in.find("user");
  const auto* token = in.find("jti");
  if ((user == nullptr) == (token == nullptr)) return bad_field("user", "exactly one of user and jti is required");
  const auto& given = user != nullptr ? *user : *token;
  const std::string_view name = user != nullptr ? "user" : "jti";
  if (given.what != json::kind::string) return bad_field(name, "must be a string");
  into.what = user != nullptr ? order::kind::revoke_user : order::kind::revoke_token;
  into.id = json::text_of(given);
  if (user != nullptr)
    if (auto why = explain_bad_user_id(into.id); !why.empty()) return bad_field(name, why);
  const bool is_one_line = into.id.find_first_of("\r\n") == std::string::npos;
  if (into.id.empty() || into.id.size() > max_token_id_bytes || !is_one_line) return bad_field(name, "must have 1-128 bytes, on one line");
  return std::nullopt;
}

/// For how long.
std::optional<failure> read_end(const json::children& in, std::int64_t now_s, std::chrono::seconds ttl, order& into) {
  into.until_s = now_s + ttl.count();
  const auto* until = in.find("until");
  const auto* seconds = in.find("ttl_s");
  if (until != nullptr && seconds != nullptr) return bad_field("until", "give either until or ttl_s");
  if (until == nullptr && seconds == nullptr) return std::nullopt;
  const std::string_view name = until != nullptr ? "until" : "ttl_s";
  const auto& given = until != nullptr ? *until : *seconds;
  const auto from = until != nullptr ? now_s : 0;
  const auto number = given.what == json::kind::number ? json::integer_of(given).value_or(from) : from;
  if (number <= from || number - from > most_seconds)
    return bad_field(name, until != nullptr ? "must be a time within a year from now, in seconds since 1970" : "must be 1 to 31536000");
  into.until_s = now_s + (number - from);
  return std::nullopt;
}

}  // namespace

std::variant<order, failure> read_revoke(std::string_view body, std::int64_t now_ms, std::chrono::seconds ttl) {
  const auto parsed = json::read(body);
  if (const auto* why = std::get_if<failure>(&parsed)) return *why;
  const auto& in = std::get<json::children>(parsed);
  if (in.parent != json::kind::object) return failure{errc::bad_json, "expected a JSON object", {}};
  for (const auto& one : in.members)
    if (one.key != "user" && one.key != "jti" && one.key != "until" && one.key != "ttl_s")
      return bad_field(one.key, "unknown: use user, jti, until, ttl_s");
  order result;
  result.at_ms = now_ms;
  if (auto why = read_subject(in, result)) return std::move(*why);
  if (auto why = read_end(in, now_ms / 1000, ttl, result)) return std::move(*why);
  return result;
}

std::string decoded_path(std::string_view part) {
  const std::string text{part};
  auto encoded = boost::urls::make_pct_string_view({text.data(), text.size()});
  return encoded ? encoded->decode() : text;
}

}  // namespace herald::transport
