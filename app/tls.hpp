#pragma once

#include "app/config.hpp"
#include "transport/tls/port.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::app {

/// What a port's TLS needs; nothing where the settings leave it plain.
std::optional<transport::tls_files> public_tls(const settings& from);
std::optional<transport::tls_files> internal_tls(const settings& from);

/// A port's TLS, not loaded yet; null where it is plain.
std::unique_ptr<transport::tls_port> make_tls_port(std::string name, std::optional<transport::tls_files> files);

/// Reads the files of both ports, to see whether they can be used: for `process_inputs::check_files`. Warns of certificates that
/// are no longer, or not yet, valid. Blocks.
std::vector<file_finding> check_tls_files(const settings& from);

}  // namespace herald::app
