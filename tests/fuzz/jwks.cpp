#include "tests/fuzz/require.hpp"

#include "transport/auth/key_set.hpp"

#include <cstdint>
#include <string_view>

using namespace herald;
using namespace herald::transport;

/// A key set, as an address or a file has it: what comes out of it are keys that can be used, and none that may not be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto set = read_jwks(text, false);
  const auto* found = std::get_if<jwks>(&set);
  if (found == nullptr) return 0;
  fuzz::require(!found->keys.empty() && found->keys.size() <= key_set::max_keys, "a set has a key, and not too many");
  for (const auto& key : found->keys) {
    fuzz::require(key.kind() != signature_kind::hs256, "an address has no secrets");
    fuzz::require(!key.open("e30.e30.AAAA"), "nothing was signed with it");
  }
  return 0;
}
