#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace herald::transport {

/// What came from an address, or why nothing did.
struct fetched {
  bool ok = false;
  std::string text;  ///< The body, or a sentence.
};

/// What is wrong with the address as one that keys may come from; empty if nothing is. https, or http on loopback.
std::string explain_bad_jwks_url(std::string_view url);

/// Gets a key set over https, or over http on loopback. Blocks: not for a shard.
/// `ca_file`: whom to trust; empty: the system's certificates. `stop`: ends it soon once it is true.
/// Bound: 5 s, 256 KiB; no redirections.
fetched fetch_jwks(const std::string& url, const std::string& ca_file, const std::atomic<bool>& stop);

}  // namespace herald::transport
