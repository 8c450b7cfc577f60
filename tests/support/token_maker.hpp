#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

/// Makes keys and signs tokens with them, as an issuer does, with OpenSSL alone: what verifies them is other code.
namespace herald::test {

std::string to_base64url(std::string_view bytes);

/// A pair of keys.
class key_pair {
public:
  static key_pair rsa(unsigned bits = 2048);
  static key_pair ec(const char* curve = "P-256");

  std::string public_pem() const;
  std::string private_pem() const;

  /// The public key as a JSON Web Key. `more`: further members, such as `"kid":"a",`.
  std::string jwk(std::string_view more = {}) const;

  /// The signature of RS256 or ES256, by what key it is.
  std::string sign(std::string_view text) const;

private:
  explicit key_pair(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

/// Tokens of a header and claims, each as JSON.
std::string make_token(std::string_view header, std::string_view claims, const key_pair& key);
std::string make_token(std::string_view header, std::string_view claims, std::string_view secret);

/// Without any signature.
std::string make_unsigned_token(std::string_view header, std::string_view claims);

}  // namespace herald::test
