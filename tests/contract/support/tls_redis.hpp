#pragma once

#include "tests/contract/support/certificates.hpp"
#include "tests/contract/support/redis_server.hpp"

#include <string>

namespace herald::contract {

/// A redis-server that takes TLS on a port of its own and asks for a certificate there. The test itself talks to its plain one.
class tls_redis {
public:
  /// `names` are those in its certificate.
  explicit tls_redis(const std::string& names = "DNS:redis.test,DNS:localhost,IP:127.0.0.1")
    : own_(trust.sign(names)),
      server({"--tls-port", port, "--tls-cert-file", own_.certificate, "--tls-key-file", own_.key, "--tls-ca-cert-file",
              trust.trusted(), "--tls-auth-clients", "yes"}) {}

  authority trust;
  const std::string port = free_port();

private:
  authority::files own_;

public:
  redis_server server;
};

}  // namespace herald::contract
