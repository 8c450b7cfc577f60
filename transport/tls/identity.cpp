#include "transport/tls/identity.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <optional>
#include <string_view>

namespace herald::transport {
namespace {

/// RFC 7301's form: a length, then the name. WebSockets begin as HTTP/1.1.
constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  auto* chosen = const_cast<unsigned char*>(static_cast<const unsigned char*>(nullptr));
  if (::SSL_select_next_proto(&chosen, out_size, http_1_1, sizeof http_1_1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // a client that speaks only HTTP/2 hears so at once
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// Without it, OpenSSL would ask for the password of an encrypted key on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

std::int64_t unix_time(const ASN1_TIME* from) {
  std::tm parts{};
  return from != nullptr && ::ASN1_TIME_to_tm(from, &parts) == 1 ? ::timegm(&parts) : 0;
}

/// Why a file can't be opened; empty if it can.
std::string unreadable(const std::string& name) {
  auto* file = std::fopen(name.c_str(), "re");
  if (file == nullptr) return std::string{"can't be read ("} + std::strerror(errno) + ')';
  std::fclose(file);
  return {};
}

/// OpenSSL's own words for what went wrong first.
std::string reason() {
  const auto code = ::ERR_get_error();
  const auto* text = ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return text != nullptr ? std::string{" ("} + text + ')' : std::string{};
}

using problem = std::optional<tls_problem>;

problem use_certificate(SSL_CTX& into, const tls_files& from) {
  constexpr auto which = tls_problem::file::certificate;
  constexpr std::string_view advice = "; give a PEM file with the node's certificate, then its chain";
  if (auto why = unreadable(from.certificate); !why.empty()) return tls_problem{which, why.append(advice)};
  if (::SSL_CTX_use_certificate_chain_file(&into, from.certificate.c_str()) == 1) return std::nullopt;
  return tls_problem{which, ("can't be used" + reason()).append(advice)};
}

problem use_key(SSL_CTX& into, const tls_files& from) {
  constexpr auto which = tls_problem::file::key;
  if (auto why = unreadable(from.key); !why.empty())
    return tls_problem{which, why + "; give the PEM file with the key of the certificate"};
  if (::SSL_CTX_use_PrivateKey_file(&into, from.key.c_str(), SSL_FILETYPE_PEM) == 1) return std::nullopt;
  if (ERR_GET_REASON(::ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH
      || ERR_GET_REASON(::ERR_peek_error()) == X509_R_KEY_TYPE_MISMATCH) {
    ::ERR_clear_error();
    return tls_problem{which, "is not the key of the certificate; give the one that it was made with"};
  }
  return tls_problem{which, "can't be used" + reason() + "; give a PEM file with the key, not encrypted"};
}

problem use_client_ca(SSL_CTX& into, const tls_files& from) {
  if (from.client_ca.empty()) return std::nullopt;
  constexpr auto which = tls_problem::file::client_ca;
  constexpr std::string_view advice = "; give a PEM file with the certificates of those who sign clients' certificates";
  if (auto why = unreadable(from.client_ca); !why.empty()) return tls_problem{which, why.append(advice)};
  auto* names = ::SSL_load_client_CA_file(from.client_ca.c_str());
  if (names == nullptr || ::SSL_CTX_load_verify_locations(&into, from.client_ca.c_str(), nullptr) != 1) {
    sk_X509_NAME_pop_free(names, ::X509_NAME_free);
    return tls_problem{which, ("can't be used" + reason()).append(advice)};
  }
  ::SSL_CTX_set_client_CA_list(&into, names);  // takes them
  // Who shows none is let in as far as probes go: a kubelet has none to show. What needs one, the port itself refuses.
  ::SSL_CTX_set_verify(&into, SSL_VERIFY_PEER, nullptr);
  return std::nullopt;
}

}  // namespace

tls_identity::tls_identity() : context_(::SSL_CTX_new(::TLS_server_method())) {
  if (context_ == nullptr) throw std::bad_alloc{};
}

tls_identity::~tls_identity() {
  ::SSL_CTX_free(context_);
}

std::variant<std::shared_ptr<const tls_identity>, tls_problem> tls_identity::load(const tls_files& from) {
  ::ERR_clear_error();
  std::shared_ptr<tls_identity> made{new tls_identity};
  made->set_rules(from.least);
  if (auto wrong = use_certificate(*made->context_, from)) return *wrong;
  if (auto wrong = use_key(*made->context_, from)) return *wrong;
  if (auto wrong = use_client_ca(*made->context_, from)) return *wrong;
  made->note_validity();
  return std::shared_ptr<const tls_identity>{std::move(made)};
}

void tls_identity::set_rules(tls_version least) {
  ::SSL_CTX_set_default_passwd_cb(context_, no_password);
  ::SSL_CTX_set_min_proto_version(context_, least == tls_version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  // A peer that leaves without a goodbye is an end like another: WebSocket and HTTP say themselves when they are complete.
  ::SSL_CTX_set_options(context_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  ::SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);  // 34 KB less for each connection at rest
  ::SSL_CTX_set_cipher_list(context_,
                            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                            "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                            "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305");
  ::SSL_CTX_set1_groups_list(context_, "X25519:P-256:P-384");
  ::SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  constexpr unsigned char here[] = "herald";  // without it, OpenSSL resumes no session of a client that it asks for a certificate
  ::SSL_CTX_set_session_id_context(context_, here, sizeof here - 1);
  ::SSL_CTX_set_alpn_select_cb(context_, choose_protocol, nullptr);
}

void tls_identity::note_validity() {
  const auto* own = ::SSL_CTX_get0_certificate(context_);
  not_after_ = unix_time(::X509_get0_notAfter(own));
  not_before_ = unix_time(::X509_get0_notBefore(own));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context_, &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const auto* one = sk_X509_value(chain, i);
    not_after_ = std::min(not_after_, unix_time(::X509_get0_notAfter(one)));
    not_before_ = std::max(not_before_, unix_time(::X509_get0_notBefore(one)));
  }
}

}  // namespace herald::transport
