#include "tests/contract/support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace herald::contract {
namespace {

constexpr long a_day = 24 * 60 * 60;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error{std::string{"OpenSSL: "} + what};
}

template <class Write>
void write_file(const std::string& path, Write write) {
  std::unique_ptr<std::FILE, decltype(&std::fclose)> file{std::fopen(path.c_str(), "w"), &std::fclose};
  require(file != nullptr && write(file.get()) == 1, "a PEM file can't be written");
}

void write_key(const std::string& path, EVP_PKEY* key) {
  write_file(path, [&](std::FILE* to) { return ::PEM_write_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void write_certificate(const std::string& path, X509* what) {
  write_file(path, [&](std::FILE* to) { return ::PEM_write_X509(to, what); });
}

void add_extension(X509& to, X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
  auto* made = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  require(made != nullptr && ::X509_add_ext(&to, made, -1) == 1, value.c_str());
  ::X509_EXTENSION_free(made);
}

}  // namespace

void authority::closer::operator()(EVP_PKEY* it) const noexcept { ::EVP_PKEY_free(it); }
void authority::closer::operator()(X509* it) const noexcept { ::X509_free(it); }

authority::authority() : key_(EVP_EC_gen("P-256")) {
  require(key_ != nullptr, "no key");
  self_ = make("herald's test authority", *key_, {});
  write_certificate(trusted(), self_.get());
}

authority::~authority() = default;

authority::files authority::sign(const std::string& names) {
  auto name = "signed-" + std::to_string(++signed_);
  key of{EVP_EC_gen("P-256")};
  require(of != nullptr, "no key");
  auto made = make(name, *of, names);
  files result{directory_.file(name + ".pem"), directory_.file(name + ".key")};
  write_certificate(result.certificate, made.get());
  write_key(result.key, of.get());
  return result;
}

/// Signed by the authority; without names it is the authority itself.
authority::certificate authority::make(const std::string& subject, EVP_PKEY& of, const std::string& names) const {
  certificate made{::X509_new()};
  auto& issuer = names.empty() ? *made : *self_;
  require(::X509_set_version(made.get(), 2) == 1, "no version");
  ::ASN1_INTEGER_set(::X509_get_serialNumber(made.get()), signed_ + 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(made.get()), -a_day);
  ::X509_gmtime_adj(::X509_getm_notAfter(made.get()), a_day);
  ::X509_set_pubkey(made.get(), &of);
  auto* name = ::X509_get_subject_name(made.get());
  ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  ::X509_set_issuer_name(made.get(), ::X509_get_subject_name(&issuer));
  add_extension(*made, issuer, NID_basic_constraints, names.empty() ? "critical,CA:TRUE" : "CA:FALSE");
  if (!names.empty()) add_extension(*made, issuer, NID_subject_alt_name, names);
  require(::X509_sign(made.get(), key_.get(), ::EVP_sha256()) > 0, "it can't be signed");
  return made;
}

}  // namespace herald::contract
