#pragma once

#include <memory>
#include <string>
#include <variant>

namespace herald::backplane {

/// What TLS to Redis needs besides the address. Files are PEM.
struct tls_files {
  std::string ca;           ///< Whom to trust; empty: the system's certificates.
  std::string certificate;  ///< Of this node, with its chain, where Redis asks for one (`tls-auth-clients yes`); empty: none.
  std::string key;          ///< Of that certificate, not encrypted.
  std::string server_name;  ///< What Redis's certificate must be for; empty: the host as it is in the address.
  bool verify_name = true;  ///< Off: any certificate will do that whom we trust has signed.
};

/// Those files, read and understood: what every TLS connection shares. Opaque, so that only the TLS stream sees OpenSSL.
class tls_identity;

/// Reads the files, once: a new certificate takes a restart. Blocks; for the start only.
/// Otherwise what is wrong, in a sentence that names the file.
std::variant<std::shared_ptr<tls_identity>, std::string> load_tls(const tls_files& from);

}  // namespace herald::backplane
