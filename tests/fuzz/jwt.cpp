#include "tests/fuzz/require.hpp"

#include "transport/auth/token.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using namespace herald;
using namespace herald::transport;

namespace {

constexpr std::int64_t now_ms = 1'800'000'000'000;
const std::string secret = "a secret of more than thirty-two bytes";
const std::string public_key = "-----BEGIN PUBLIC KEY-----\n"
                               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE887/mZR3Y6czpEjmz3WiEbjTRKKq\n"
                               "dY4ZbFE5PmMttoHrU7YF5qMiODlRF/9ksP6pvAW85zCct9JDYXQnBO08tg==\n"
                               "-----END PUBLIC KEY-----\n";

const key_set& keys() {
  static const key_set set{{std::get<signing_key>(signing_key::from_secret(secret)),
                            std::get<signing_key>(signing_key::from_pem(public_key))}};
  return set;
}

void check(const std::variant<grant_ptr, token_failure>& outcome) {
  if (const auto* why = std::get_if<token_failure>(&outcome))
    fuzz::require(why->message.starts_with(to_string(why->reason)), "a refusal begins with its reason");
  else
    fuzz::require(is_valid_user_id(std::get<grant_ptr>(outcome)->user) && std::get<grant_ptr>(outcome)->good_for.count() > 0,
                  "who gets in has a name, and some time");
}

}  // namespace

/// What a stranger gives for a token, and what the claims of a signed one may hold.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  token_rules rules;
  if (size % 2 == 0) rules.audiences = {"herald"};
  check(verify_token(text, keys(), rules, now_ms));
  check(read_claims(text, rules, now_ms));
  return 0;
}
