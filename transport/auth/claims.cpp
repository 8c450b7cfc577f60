#include "transport/auth/token.hpp"

#include "transport/protocol/json_members.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

/// What a token's claims allow. How it is verified is in token.cpp.
namespace herald::transport {
namespace {

using optional_failure = std::optional<token_failure>;

constexpr std::size_t max_id_bytes = 128;
/// The last second of the year 9999.
constexpr double latest_time = 253402300799.0;

token_failure bad_claim(std::string_view name, std::string_view why) {
  return {token_refusal::claims, std::string{"claims: "}.append(name).append(" ").append(why)};
}

/// Reads the claims one after the other; the first that is wrong ends it.
class claims_reader {
public:
  claims_reader(const json::children& in, const token_rules& rules, std::int64_t now_ms)
    : in_(in), rules_(rules), now_ms_(now_ms), skew_ms_(rules.clock_skew.count() * 1000), result_(std::make_shared<grant>()) {}

  optional_failure read() {
    for (auto step : {&claims_reader::read_user, &claims_reader::read_times, &claims_reader::check_issuer,
                      &claims_reader::check_audience, &claims_reader::read_id, &claims_reader::read_rights})
      if (auto why = (this->*step)()) return why;
    return std::nullopt;
  }

  grant_ptr take() { return std::move(result_); }

private:
  optional_failure read_user() {
    const auto* sub = in_.find("sub");
    if (sub == nullptr || sub->what != json::kind::string) return bad_claim("sub", "is required: the user's id");
    result_->user = json::text_of(*sub);
    if (auto why = explain_bad_user_id(result_->user); !why.empty()) return bad_claim("sub", "is " + why);
    return std::nullopt;
  }

  /// A NumericDate (RFC 7519, section 2) in whole seconds; -1 if there is none; nothing if it is no time.
  std::optional<std::int64_t> time_of(std::string_view name) const {
    const auto* given = in_.find(name);
    if (given == nullptr) return -1;
    double seconds = 0;
    const auto* end = given->raw.data() + given->raw.size();
    const auto [stop, error] = std::from_chars(given->raw.data(), end, seconds);
    const bool ok = given->what == json::kind::number && error == std::errc{} && stop == end && seconds >= 0 && seconds <= latest_time;
    return ok ? std::optional{static_cast<std::int64_t>(std::floor(seconds))} : std::nullopt;
  }

  optional_failure read_times() {
    const auto expires = time_of("exp"), from = time_of("nbf"), issued = time_of("iat");
    if (!expires || *expires < 0) return bad_claim("exp", "is required: a time in seconds");
    if (!from) return bad_claim("nbf", "is not a time in seconds");
    if (!issued) return bad_claim("iat", "is not a time in seconds");
    const auto left = *expires * 1000 + skew_ms_ - now_ms_;
    if (left <= 0) return token_failure{token_refusal::expired, "expired: the token has expired"};
    if (std::max(*from, *issued) * 1000 > now_ms_ + skew_ms_)
      return token_failure{token_refusal::not_yet_valid, "not_yet_valid: the token is not valid yet"};
    result_->expires_s = *expires;
    result_->good_for = std::chrono::milliseconds{left};
    result_->issued_at_s = std::max<std::int64_t>(*issued, 0);
    return std::nullopt;
  }

  optional_failure check_issuer() {
    const auto* issuer = in_.find("iss");
    if (issuer != nullptr && issuer->what != json::kind::string) return bad_claim("iss", "is not a string");
    if (rules_.issuer.empty() || (issuer != nullptr && json::text_of(*issuer) == rules_.issuer)) return std::nullopt;
    return token_failure{token_refusal::issuer, "issuer: the token is not from the issuer that is trusted here"};
  }

  optional_failure check_audience() {
    const auto* given = in_.find("aud");
    const auto audiences = given == nullptr ? std::vector<std::string>{} : texts_in(*given, true);
    if (!audiences) return bad_claim("aud", "is neither a string nor an array of strings");
    if (rules_.audiences.empty()) return std::nullopt;
    for (const auto& one : *audiences)
      if (std::ranges::find(rules_.audiences, one) != rules_.audiences.end()) return std::nullopt;
    return token_failure{token_refusal::audience, "audience: the token is not for this service"};
  }

  optional_failure read_id() {
    const auto* id = in_.find("jti");
    if (id == nullptr) return std::nullopt;
    if (id->what != json::kind::string) return bad_claim("jti", "is not a string");
    result_->token_id = json::text_of(*id);
    if (result_->token_id.size() > max_id_bytes) return bad_claim("jti", "has more than 128 bytes");
    return std::nullopt;
  }

  optional_failure read_rights() {
    if (const auto* groups = in_.find("groups")) {
      auto patterns = texts_in(*groups, false);
      if (!patterns) return bad_claim("groups", "is not an array of strings");
      result_->groups = std::move(*patterns);
    }
    const auto* publish = in_.find("publish");
    if (publish == nullptr || publish->raw == "false") return std::nullopt;
    auto patterns = publish->raw == "true" ? std::vector<std::string>{"*"} : texts_in(*publish, false);
    if (!patterns) return bad_claim("publish", "is neither true nor an array of strings");
    result_->publish = std::move(*patterns);
    return std::nullopt;
  }

  static std::optional<std::vector<std::string>> texts_in(const json::value& given, bool may_be_one) {
    if (may_be_one && given.what == json::kind::string) return std::vector{json::text_of(given)};
    if (given.what != json::kind::array) return std::nullopt;
    std::vector<std::string> found;
    const auto entries = std::get<json::children>(json::read(given.raw));
    for (const auto& entry : entries.members) {
      if (entry.what.what != json::kind::string) return std::nullopt;
      found.push_back(json::text_of(entry.what));
    }
    return found;
  }

  const json::children& in_;
  const token_rules& rules_;
  std::int64_t now_ms_;
  std::int64_t skew_ms_;
  std::shared_ptr<grant> result_;
};

}  // namespace

std::variant<grant_ptr, token_failure> read_claims(std::string_view text, const token_rules& rules, std::int64_t now_ms) {
  const auto parsed = json::read(text);
  const auto* in = std::get_if<json::children>(&parsed);
  if (in == nullptr || in->parent != json::kind::object)
    return token_failure{token_refusal::malformed, "malformed: its claims are not a JSON object"};
  if (json::has_duplicates(*in)) return token_failure{token_refusal::malformed, "malformed: it has a claim twice"};
  claims_reader reader{*in, rules, now_ms};
  if (auto why = reader.read()) return std::move(*why);
  return reader.take();
}

}  // namespace herald::transport
