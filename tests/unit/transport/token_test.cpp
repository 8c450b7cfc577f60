#include "tests/support/token_maker.hpp"

#include "transport/auth/token.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

using namespace herald;
using namespace herald::transport;
using namespace herald::test;

namespace {

constexpr std::int64_t now_ms = 1'800'000'000'000;
const std::string secret = "a secret of more than thirty-two bytes";
const std::string good = R"({"sub":"alice","exp":1800000060})";

const key_pair& rsa() {
  static const auto key = key_pair::rsa();
  return key;
}

const key_pair& ec() {
  static const auto key = key_pair::ec();
  return key;
}

signing_key key_of(signing_key::made made) {
  if (auto* why = std::get_if<std::string>(&made)) FAIL(*why);
  return std::get<signing_key>(std::move(made));
}

std::string why_not(signing_key::made made) {
  auto* why = std::get_if<std::string>(&made);
  return why != nullptr ? *why : "it is taken";
}

key_set only(signing_key key) { return key_set{{std::move(key)}}; }

key_set all_kinds() {
  return key_set{{key_of(signing_key::from_secret(secret)), key_of(signing_key::from_pem(rsa().public_pem())),
                  key_of(signing_key::from_pem(ec().public_pem()))}};
}

/// The user, or the reason and the sentence.
std::string outcome(const std::variant<grant_ptr, token_failure>& of) {
  if (const auto* why = std::get_if<token_failure>(&of)) {
    CHECK(why->message.starts_with(std::string{to_string(why->reason)} + ": "));
    return std::string{to_string(why->reason)};
  }
  return "good for " + std::get<grant_ptr>(of)->user;
}

std::string verified(std::string_view token, const key_set& keys, const token_rules& rules = {}) {
  return outcome(verify_token(token, keys, rules, now_ms));
}

std::string claimed(std::string_view claims, const token_rules& rules = {}) { return outcome(read_claims(claims, rules, now_ms)); }

constexpr std::string_view hs256 = R"({"alg":"HS256","typ":"JWT"})", rs256 = R"({"alg":"RS256"})", es256 = R"({"alg":"ES256"})";

}  // namespace

TEST_SUITE("token") {

TEST_CASE("a token that a known key has signed is good, however it is signed") {
  const auto keys = all_kinds();
  CHECK(verified(make_token(hs256, good, secret), keys) == "good for alice");
  CHECK(verified(make_token(rs256, good, rsa()), keys) == "good for alice");
  CHECK(verified(make_token(es256, good, ec()), keys) == "good for alice");
}

TEST_CASE("a key set's keys are as good as those of files") {
  auto set = read_jwks(R"({"keys":[)" + rsa().jwk(R"("kid":"r","use":"sig","alg":"RS256",)") + "," + ec().jwk(R"("kid":"e",)") + "]}", false);
  REQUIRE(std::holds_alternative<jwks>(set));
  const key_set keys{std::get<jwks>(set).keys};
  CHECK(verified(make_token(R"({"alg":"RS256","kid":"r"})", good, rsa()), keys) == "good for alice");
  CHECK(verified(make_token(R"({"alg":"ES256","kid":"e"})", good, ec()), keys) == "good for alice");
  CHECK(verified(make_token(es256, good, ec()), keys) == "good for alice");
  CHECK(verified(make_token(R"({"alg":"ES256","kid":"other"})", good, ec()), keys) == "unknown_key");
  CHECK(verified(make_token(R"({"alg":"ES256","kid":"r"})", good, ec()), keys) == "algorithm");
}

TEST_CASE("a token that another key has signed, or that was changed, is not") {
  const auto keys = all_kinds();
  CHECK(verified(make_token(rs256, good, key_pair::rsa()), keys) == "signature");
  CHECK(verified(make_token(es256, good, key_pair::ec()), keys) == "signature");
  CHECK(verified(make_token(hs256, good, secret + "!"), keys) == "signature");
  auto token = make_token(hs256, good, secret);
  const auto other = to_base64url(R"({"sub":"mallory","exp":1800000060})");
  token.replace(token.find('.') + 1, token.rfind('.') - token.find('.') - 1, other);
  CHECK(verified(token, keys) == "signature");
  token = make_token(es256, good, ec());
  CHECK(verified(token.substr(0, token.rfind('.') + 1), keys) == "signature");
  CHECK(verified(token.substr(0, token.size() - 4), keys) != "good for alice");
}

TEST_CASE("the token does not choose the algorithm: neither none, nor a public key for a secret") {
  const auto keys = all_kinds();
  for (const std::string_view none : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE"})", R"({"alg":""})"}) {
    CHECK(verified(make_unsigned_token(none, good), keys) == "algorithm");
    CHECK(verified(make_token(none, good, secret), keys) == "algorithm");
  }
  CHECK(verified(make_unsigned_token(hs256, good), keys) == "signature");
  const auto public_only = only(key_of(signing_key::from_pem(rsa().public_pem())));
  CHECK(verified(make_token(hs256, good, rsa().public_pem()), public_only) == "algorithm");
  CHECK(verified(make_token(es256, good, ec()), public_only) == "algorithm");
  CHECK(verified(make_token(R"({"alg":"RS512"})", good, rsa()), public_only) == "algorithm");
  CHECK(verified(make_token(R"({"alg":"PS256"})", good, rsa()), public_only) == "algorithm");
  CHECK(verified(make_token(rs256, good, rsa()), only(key_of(signing_key::from_secret(secret)))) == "algorithm");
}

TEST_CASE("a header that herald does not understand wholly is refused") {
  const auto keys = all_kinds();
  for (const std::string_view header :
       {R"({"alg":"HS256","crit":["b64"],"b64":true})", R"({"alg":"HS256","crit":["exp"]})", R"({"alg":"none","alg":"HS256"})",
        R"({"alg":"HS256","alg":"HS256"})", R"({"alg":5})", R"({"typ":"JWT"})", R"(["HS256"])", R"({"alg":"HS256","kid":7})", "{", ""})
    CHECK_MESSAGE(verified(make_token(header, good, secret), keys) == "malformed", header);
}

TEST_CASE("garbage is refused") {
  const auto keys = all_kinds();
  const auto token = make_token(hs256, good, secret);
  for (const auto& bad : {std::string{}, std::string{"."}, std::string{".."}, std::string{"..."}, token + ".", token + "=", " " + token,
                          token + "\n", "a" + token, std::string(8193, 'a'), std::string(4096, '.'), token.substr(0, token.find('.'))})
    CHECK_MESSAGE(verified(bad, keys) != "good for alice", bad.substr(0, 80));
  CHECK(verified(make_token(hs256, "not JSON", secret), keys) == "malformed");
  CHECK(verified(make_token(hs256, "[]", secret), keys) == "malformed");
  CHECK(verified(make_token(hs256, R"({"sub":"alice","exp":1800000060,"sub":"root"})", secret), keys) == "malformed");
  CHECK(verified(make_token(hs256, R"({"sub":"alice","exp":1800000060,"x":)" + std::string(500, '[') + std::string(500, ']') + "}", secret),
                 keys) == "malformed");
  const auto large = make_token(hs256, R"({"sub":"alice","exp":1800000060,"x":")" + std::string(8000, 'x') + "\"}", secret);
  CHECK(verified(large, keys) == "malformed");
}

TEST_CASE("times are kept to, give or take the clocks' difference") {
  const token_rules rules;
  CHECK(claimed(R"({"sub":"a","exp":1799999991})", rules) == "good for a");
  CHECK(claimed(R"({"sub":"a","exp":1799999990})", rules) == "expired");
  CHECK(claimed(R"({"sub":"a","exp":1800000060.5,"nbf":1800000010,"iat":1.80000001e9})", rules) == "good for a");
  CHECK(claimed(R"({"sub":"a","exp":1800000060,"nbf":1800000011})", rules) == "not_yet_valid");
  CHECK(claimed(R"({"sub":"a","exp":1800000060,"iat":1800000011})", rules) == "not_yet_valid");
  CHECK(claimed(R"({"sub":"a"})", rules) == "claims");
  for (const std::string_view time : {"\"1800000060\"", "-1", "1e300", "null", "true", "[1800000060]"})
    CHECK_MESSAGE(claimed(R"({"sub":"a","exp":)" + std::string{time} + "}", rules) == "claims", time);
  const auto granted = std::get<grant_ptr>(read_claims(R"({"sub":"a","exp":1800000060,"iat":1799999000})", rules, now_ms));
  CHECK(granted->expires_s == 1800000060);
  CHECK(granted->issued_at_s == 1799999000);
  CHECK(granted->good_for == std::chrono::seconds{70});
}

TEST_CASE("a token must be for this service, and from its issuer, where settings name them") {
  token_rules rules;
  rules.issuer = "https://id.example";
  rules.audiences = {"herald", "push"};
  const std::string begin = R"({"sub":"a","exp":1800000060,"iss":)";
  CHECK(claimed(begin + R"("https://id.example","aud":"herald"})", rules) == "good for a");
  CHECK(claimed(begin + R"("https://id.example","aud":["shop","push"]})", rules) == "good for a");
  CHECK(claimed(begin + R"("https://id.example","aud":["shop"]})", rules) == "audience");
  CHECK(claimed(begin + R"("https://id.example"})", rules) == "audience");
  CHECK(claimed(begin + R"("https://id.example","aud":[1]})", rules) == "claims");
  CHECK(claimed(begin + R"("https://id.example/","aud":"herald"})", rules) == "issuer");
  CHECK(claimed(R"({"sub":"a","exp":1800000060,"aud":"herald"})", rules) == "issuer");
  CHECK(claimed(begin + R"(5,"aud":"herald"})", rules) == "claims");
}

TEST_CASE("its subject must be a user's name") {
  for (const std::string_view sub : {R"("")", R"("broadcast")", R"("group:g1")", R"("a b")", R"("a{b}")", "5", "null"})
    CHECK_MESSAGE(claimed(R"({"exp":1800000060,"sub":)" + std::string{sub} + "}") == "claims", sub);
  CHECK(claimed(R"({"exp":1800000060})") == "claims");
}

TEST_CASE("what it allows is read from it; what it does not name it does not allow") {
  const auto of = [](std::string_view more) {
    return std::get<grant_ptr>(read_claims(R"({"sub":"a","exp":1800000060)" + std::string{more} + "}", {}, now_ms));
  };
  const auto none = of("");
  CHECK_FALSE(none->may_join(channel::group("g1")));
  CHECK_FALSE(none->may_publish(channel::user("a")));
  const auto some = of(R"(,"groups":["g1","team-*","not a group"],"publish":["user:42","group:g*","broadcast"],"jti":"t-1")");
  CHECK(some->token_id == "t-1");
  CHECK(some->may_join(channel::group("g1")));
  CHECK_FALSE(some->may_join(channel::group("g10")));
  CHECK(some->may_join(channel::group("team-a")));
  CHECK(some->may_publish(channel::user("42")));
  CHECK_FALSE(some->may_publish(channel::user("421")));
  CHECK_FALSE(some->may_publish(channel::user("g1")));
  CHECK(some->may_publish(channel::group("g7")));
  CHECK_FALSE(some->may_publish(channel::group("team-a")));
  CHECK(some->may_publish(channel::broadcast()));
  const auto all = of(R"(,"groups":["*"],"publish":true)");
  CHECK(all->may_join(channel::group("anything")));
  CHECK(all->may_publish(channel::user("x:y")));
  CHECK(all->may_publish(channel::broadcast()));
  CHECK_FALSE(of(R"(,"publish":false)")->may_publish(channel::broadcast()));
  for (const std::string_view wrong : {R"("groups":"g1")", R"("groups":[1])", R"("publish":"broadcast")", R"("publish":1)", R"("jti":5)"})
    CHECK_MESSAGE(claimed(R"({"sub":"a","exp":1800000060,)" + std::string{wrong} + "}") == "claims", wrong);
}

TEST_CASE("a user's name can't be taken for another kind of channel") {
  const auto granted = std::get<grant_ptr>(
    read_claims(R"({"sub":"a","exp":1800000060,"publish":["group:*"]})", {}, now_ms));
  CHECK_FALSE(granted->may_publish(channel::user("grouped")));
  CHECK(granted->may_publish(channel::group("x")));
}

TEST_CASE("weak keys, and keys of the wrong kind, are refused with the reason") {
  CHECK(why_not(signing_key::from_secret(std::string(31, 's'))).find("less than 32 bytes") != std::string::npos);
  CHECK(why_not(signing_key::from_secret(std::string(32, 's'))) == "it is taken");
  CHECK(why_not(signing_key::from_pem(key_pair::rsa(1024).public_pem())).find("1024 bits") != std::string::npos);
  CHECK(why_not(signing_key::from_pem(key_pair::ec("P-384").public_pem())).find("P-256") != std::string::npos);
  CHECK(why_not(signing_key::from_pem(rsa().private_pem())).find("neither a public key") != std::string::npos);
  CHECK(why_not(signing_key::from_pem("not PEM")).find("neither a public key") != std::string::npos);
  CHECK(why_not(signing_key::from_jwk(rsa().jwk(R"("d":"AQAB",)"), true)).find("private key") != std::string::npos);
  CHECK(why_not(signing_key::from_jwk(rsa().jwk(R"("use":"enc",)"), true)).find("use") != std::string::npos);
  CHECK(why_not(signing_key::from_jwk(rsa().jwk(R"("alg":"PS256",)"), true)).find("alg") != std::string::npos);
  CHECK(why_not(signing_key::from_jwk(rsa().jwk(R"("kid":"a","kid":"b",)"), true)).find("twice") != std::string::npos);
  CHECK(why_not(signing_key::from_jwk(key_pair::ec("P-384").jwk(), true)).find("P-256") != std::string::npos);
  CHECK(why_not(signing_key::from_jwk(key_pair::rsa(1024).jwk(), true)).find("1024") != std::string::npos);
  const auto oct = R"({"kty":"oct","k":")" + to_base64url(secret) + "\"}";
  CHECK(why_not(signing_key::from_jwk(oct, true)) == "it is taken");
  CHECK(why_not(signing_key::from_jwk(oct, false)).find("secret") != std::string::npos);
  CHECK(why_not(signing_key::from_jwk(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})", true)).find("kty") != std::string::npos);
  // cjose ends the process at these.
  CHECK(why_not(signing_key::from_jwk(R"({"kty":"RSA","n":"yDjpERDck7vII=EsN6"})", true)) == "its n is not a number in base64url");
  CHECK(why_not(signing_key::from_jwk(R"({"kty":"RSA","n":"AQAB","e":"A"})", true)) == "its e is not a number in base64url");
  CHECK(why_not(signing_key::from_jwk(R"({"kty":"RSA","n":"AQAB","e":7})", true)) == "its e is not a number in base64url");
  CHECK(why_not(signing_key::from_jwk(R"({"kty":"EC","crv":"P-256","x":"8=6","y":"AQAB"})", true)) == "its x is not 32 bytes in base64url");
  CHECK(why_not(signing_key::from_jwk(R"({"kty":"oct","k":"A"})", true)) == "its k is not a secret in base64url");
  CHECK(why_not(signing_key::from_jwk(rsa().jwk(R"("p":"=",)"), true)).find("private key") != std::string::npos);
}

TEST_CASE("a key set is read as a whole; keys that are of no use are left out of it") {
  const auto why = [](std::string_view text) {
    auto set = read_jwks(text, false);
    return std::holds_alternative<jwks>(set) ? std::string{"taken"} : std::get<std::string>(set);
  };
  const auto set = read_jwks(R"({"keys":[{"kty":"OKP"},5,)" + ec().jwk() + R"(,{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})", false);
  REQUIRE(std::holds_alternative<jwks>(set));
  CHECK(std::get<jwks>(set).keys.size() == 1);
  CHECK(std::get<jwks>(set).left_out.size() == 3);
  CHECK(why("{}").find("array of keys") != std::string::npos);
  CHECK(why("[]").find("array of keys") != std::string::npos);
  CHECK(why(R"({"keys":{}})").find("array of keys") != std::string::npos);
  CHECK(why(R"({"keys":[]})").find("without a key") != std::string::npos);
  CHECK(why(R"({"keys":[{}]})").find("no key that can be used") != std::string::npos);
  CHECK(why("nonsense").find("JSON") != std::string::npos);
  std::string many = R"({"keys":[{})";
  for (int i = 0; i < 128; ++i) many += ",{}";
  CHECK(why(many + "]}").find("more than 128") != std::string::npos);
}

TEST_CASE("a name that no key has does not cost more than a few tries") {
  std::vector<signing_key> keys;
  for (int i = 0; i < 40; ++i) keys.push_back(key_of(signing_key::from_secret(secret + std::to_string(i))));
  keys.push_back(key_of(signing_key::from_jwk(R"({"kty":"oct","kid":"last","k":")" + to_base64url(secret) + "\"}", true)));
  const key_set set{keys};
  CHECK(set.candidates(signature_kind::hs256, "other").size() == key_set::max_tried);
  CHECK(verified(make_token(R"({"alg":"HS256","kid":"last"})", good, secret), set) == "good for alice");
}

}
