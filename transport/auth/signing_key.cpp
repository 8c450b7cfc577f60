#include "transport/auth/signing_key.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/protocol/json_members.hpp"

#include <cjose/cjose.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <vector>

namespace herald::transport {
namespace {

constexpr std::size_t least_secret_bytes = 32, most_secret_bytes = 4096;
constexpr std::size_t least_rsa_bits = 2048, most_rsa_bits = 8192;
constexpr std::size_t p256_bytes = 32;
constexpr std::size_t max_number_bytes = 16 * 1024;
constexpr std::size_t max_id_bytes = 256;

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* what) const { Free(what); }
};

using bio_ptr = std::unique_ptr<BIO, freed<BIO_free_all>>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed<X509_free>>;
using bignum_ptr = std::unique_ptr<BIGNUM, freed<BN_free>>;
using jws_ptr = std::unique_ptr<cjose_jws_t, freed<cjose_jws_release>>;

std::shared_ptr<cjose_jwk_t> owned(cjose_jwk_t* key) {
  return {key, [](cjose_jwk_t* what) { if (what != nullptr) cjose_jwk_release(what); }};
}

pkey_ptr read_pem(std::string_view text) {
  const auto open = [&] { return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; };
  // A file with a passphrase must not make OpenSSL ask the terminal for it.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  if (auto bio = open(); auto* key = PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr)) return pkey_ptr{key};
  auto bio = open();
  const x509_ptr certificate{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)};
  ERR_clear_error();
  return pkey_ptr{certificate ? X509_get_pubkey(certificate.get()) : nullptr};
}

/// A number of the key, big-endian; with at least `size` bytes. Empty if it has none of that name.
std::vector<std::uint8_t> number_of(const EVP_PKEY& key, const char* name, std::size_t size = 0) {
  BIGNUM* found = nullptr;
  EVP_PKEY_get_bn_param(&key, name, &found);
  const bignum_ptr number{found};
  if (!number) return {};
  std::vector<std::uint8_t> bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(number.get()))));
  BN_bn2binpad(number.get(), bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

std::shared_ptr<cjose_jwk_t> rsa_from(const EVP_PKEY& key) {
  auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N), e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  cjose_jwk_rsa_keyspec spec{};
  spec.n = n.data();
  spec.nlen = n.size();
  spec.e = e.data();
  spec.elen = e.size();
  return owned(cjose_jwk_create_RSA_spec(&spec, nullptr));
}

std::shared_ptr<cjose_jwk_t> p256_from(const EVP_PKEY& key) {
  std::array<char, 64> curve{};
  EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), curve.size(), nullptr);
  if (std::string_view{curve.data()} != "prime256v1") return {};
  auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, p256_bytes), y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, p256_bytes);
  cjose_jwk_ec_keyspec spec{};
  spec.crv = CJOSE_JWK_EC_P_256;
  spec.x = x.data();
  spec.xlen = x.size();
  spec.y = y.data();
  spec.ylen = y.size();
  return owned(cjose_jwk_create_EC_spec(&spec, nullptr));
}

/// A member that is a string, or nothing.
std::optional<std::string> text_in(const json::children& in, std::string_view name) {
  const auto* found = in.find(name);
  if (found == nullptr || found->what != json::kind::string) return std::nullopt;
  return json::text_of(*found);
}

/// Whether the member is base64url (RFC 7515, section 2) of so many bytes. To be asked of every member that cjose decodes: it ends the
/// process at what is not (an assertion in its base64.c, version 0.6.2.1).
bool holds_bytes(const json::children& in, std::string_view name, std::size_t least, std::size_t most) {
  const auto text = text_in(in, name);
  const auto bytes = text ? from_base64url(*text) : std::nullopt;
  return bytes && bytes->size() >= least && bytes->size() <= most;
}

/// Why its numbers are none; empty if they are.
std::string explain_bad_numbers(const json::children& in, std::string_view type) {
  if (type == "RSA" && !holds_bytes(in, "n", 1, max_number_bytes)) return "its n is not a number in base64url";
  if (type == "RSA" && !holds_bytes(in, "e", 1, 8)) return "its e is not a number in base64url";
  if (type == "EC" && !holds_bytes(in, "x", p256_bytes, p256_bytes)) return "its x is not 32 bytes in base64url";
  if (type == "EC" && !holds_bytes(in, "y", p256_bytes, p256_bytes)) return "its y is not 32 bytes in base64url";
  if (type == "oct" && !holds_bytes(in, "k", 1, max_number_bytes)) return "its k is not a secret in base64url";
  return {};
}

/// Why this JSON Web Key is not one to verify tokens with; empty if it is.
std::string explain_bad_jwk(const json::children& in, bool allow_secret) {
  const auto type = text_in(in, "kty");
  if (!type) return "it has no kty";
  if (*type != "RSA" && *type != "EC" && *type != "oct") return "its kty is none of RSA, EC, oct";
  if (*type == "oct" && !allow_secret) return "it is a secret, which does not belong at an address";
  for (const auto* part : {"d", "p", "q", "dp", "dq", "qi", "oth"})
    if (*type != "oct" && in.find(part) != nullptr) return "it is a private key: give the public one";
  if (in.find("use") != nullptr && text_in(in, "use") != "sig") return "its use is not sig";
  const std::string_view alg = *type == "RSA" ? "RS256" : *type == "EC" ? "ES256" : "HS256";
  if (in.find("alg") != nullptr && text_in(in, "alg") != alg) return "its alg is none of RS256, ES256, HS256";
  if (*type == "EC" && text_in(in, "crv") != "P-256") return "its curve is not P-256";
  if (in.find("kid") != nullptr && text_in(in, "kid").value_or(std::string(max_id_bytes + 1, ' ')).size() > max_id_bytes)
    return "its kid is not a string of up to 256 bytes";
  return explain_bad_numbers(in, *type);
}

}  // namespace

signing_key::made signing_key::from_handle(handle key, std::string id) {
  if (!key) return "not a key that can be used";
  const auto bits = cjose_jwk_get_keysize(key.get(), nullptr);
  switch (cjose_jwk_get_kty(key.get(), nullptr)) {
    case CJOSE_JWK_KTY_RSA:
      if (bits < least_rsa_bits || bits > most_rsa_bits)
        return "an RSA key of " + std::to_string(bits) + " bits: 2048 to 8192 are needed";
      return signing_key{signature_kind::rs256, std::move(key), std::move(id)};
    case CJOSE_JWK_KTY_EC:
      if (cjose_jwk_EC_get_curve(key.get(), nullptr) != CJOSE_JWK_EC_P_256) return "an EC key on a curve other than P-256";
      return signing_key{signature_kind::es256, std::move(key), std::move(id)};
    case CJOSE_JWK_KTY_OCT:
      if (bits < 8 * least_secret_bytes) return "a secret of less than 32 bytes (RFC 7518, section 3.2)";
      if (bits > 8 * most_secret_bytes) return "a secret of more than 4096 bytes";
      return signing_key{signature_kind::hs256, std::move(key), std::move(id)};
  }
  return "a key of an unknown kind";
}

signing_key::made signing_key::from_secret(std::string_view bytes) {
  if (bytes.empty()) return "an empty secret";
  return from_handle(
    owned(cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), nullptr)), {});
}

signing_key::made signing_key::from_pem(std::string_view text) {
  const auto key = read_pem(text);
  if (!key) return "neither a public key nor a certificate in PEM";
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA: return from_handle(rsa_from(*key), {});
    case EVP_PKEY_EC:
      if (auto made = p256_from(*key)) return from_handle(std::move(made), {});
      return "an EC key on a curve other than P-256";
    default: return "a key that is neither RSA nor EC";
  }
}

signing_key::made signing_key::from_jwk(std::string_view text, bool allow_secret) {
  const auto parsed = json::read(text);
  const auto* in = std::get_if<json::children>(&parsed);
  if (in == nullptr || in->parent != json::kind::object) return "it is not a JSON object";
  if (json::has_duplicates(*in)) return "it has a member twice";
  if (auto why = explain_bad_jwk(*in, allow_secret); !why.empty()) return why;
  auto made = from_handle(owned(cjose_jwk_import(text.data(), text.size(), nullptr)), text_in(*in, "kid").value_or(""));
  ERR_clear_error();
  return made;
}

std::optional<std::string> signing_key::open(std::string_view token) const {
  const jws_ptr signed_text{cjose_jws_import(token.data(), token.size(), nullptr)};
  std::uint8_t* bytes = nullptr;  // the token's own
  std::size_t size = 0;
  const bool is_good = signed_text && cjose_jws_verify(signed_text.get(), key_.get(), nullptr)
                       && cjose_jws_get_plaintext(signed_text.get(), &bytes, &size, nullptr);
  ERR_clear_error();  // what is left in this thread's queue would be taken for the next TLS error
  if (!is_good) return std::nullopt;
  return std::string{reinterpret_cast<const char*>(bytes), size};
}

}  // namespace herald::transport
