#pragma once

#include "tests/contract/support/temporary_directory.hpp"

#include <memory>
#include <string>

typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_st X509;

namespace herald::contract {

/// An authority of the test's own and what it has signed, as PEM files in a temporary directory.
class authority {
public:
  struct files {
    std::string certificate;
    std::string key;
  };

  authority();
  ~authority();

  /// The authority's own certificate: whom to trust.
  std::string trusted() const { return directory_.file("ca.pem"); }

  /// A certificate for these names, written as OpenSSL does: `DNS:redis.test,IP:127.0.0.1`.
  files sign(const std::string& names);

private:
  struct closer {
    void operator()(EVP_PKEY* it) const noexcept;
    void operator()(X509* it) const noexcept;
  };
  using key = std::unique_ptr<EVP_PKEY, closer>;
  using certificate = std::unique_ptr<X509, closer>;

  certificate make(const std::string& subject, EVP_PKEY& of, const std::string& names) const;

  temporary_directory directory_;
  key key_;
  certificate self_;
  int signed_ = 0;
};

}  // namespace herald::contract
