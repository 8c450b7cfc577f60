#include "tests/support/token_maker.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <stdexcept>

namespace herald::test {
namespace {

std::string pem_of(EVP_PKEY* key, int (*write)(BIO*, EVP_PKEY*)) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio{BIO_new(BIO_s_mem()), BIO_free_all};
  write(bio.get(), key);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string number_of(const EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) throw std::runtime_error{"no such number"};
  std::string bytes(static_cast<std::size_t>(std::max(size, BN_num_bytes(number))), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

/// OpenSSL signs with a structure of two numbers; a token has the two, 32 bytes each (RFC 7518, section 3.4).
std::string raw_of(const std::string& der) {
  auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair{
    d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free};
  std::string raw(64, '\0');
  auto* into = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), into, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), into + 32, 32);
  return raw;
}

std::string signing_input(std::string_view header, std::string_view claims) {
  return to_base64url(header) + '.' + to_base64url(claims);
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                    reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  while (out.ends_with('=')) out.pop_back();
  for (auto& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

key_pair key_pair::rsa(unsigned bits) {
  return key_pair{{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)), EVP_PKEY_free}};
}

key_pair key_pair::ec(const char* curve) {
  return key_pair{{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), EVP_PKEY_free}};
}

std::string key_pair::public_pem() const {
  return pem_of(key_.get(), [](BIO* to, EVP_PKEY* key) { return PEM_write_bio_PUBKEY(to, key); });
}

std::string key_pair::private_pem() const {
  return pem_of(key_.get(), [](BIO* to, EVP_PKEY* key) {
    return PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string key_pair::jwk(std::string_view more) const {
  std::string out = "{" + std::string{more};
  if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA)
    return out + R"("kty":"RSA","n":")" + to_base64url(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_N)) + R"(","e":")"
           + to_base64url(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_E)) + "\"}";
  const int size = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
  return out + R"("kty":"EC","crv":"P-)" + std::to_string(EVP_PKEY_get_bits(key_.get())) + R"(","x":")"
         + to_base64url(number_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, size)) + R"(","y":")"
         + to_base64url(number_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size)) + "\"}";
}

std::string key_pair::sign(std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string out(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
  out.resize(size);
  return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA ? out : raw_of(out);
}

std::string make_token(std::string_view header, std::string_view claims, const key_pair& key) {
  const auto text = signing_input(header, claims);
  return text + '.' + to_base64url(key.sign(text));
}

std::string make_token(std::string_view header, std::string_view claims, std::string_view secret) {
  const auto text = signing_input(header, claims);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &size);
  return text + '.' + to_base64url({reinterpret_cast<const char*>(mac), size});
}

std::string make_unsigned_token(std::string_view header, std::string_view claims) { return signing_input(header, claims) + '.'; }

}  // namespace herald::test
