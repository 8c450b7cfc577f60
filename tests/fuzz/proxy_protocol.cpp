#include "tests/fuzz/require.hpp"

#include "transport/address/proxy_header.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

using namespace herald;
using namespace herald::transport;

/// What comes first on a connection behind a load balancer, read as the handshake reads it: never more than was asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::string so_far;
  for (;;) {
    const auto found = proxy::read(so_far);
    if (const auto* whose = std::get_if<proxy::client>(&found)) {
      if (whose->address)
        fuzz::require(ip_address::parse(whose->address->to_string()) == whose->address, "an address can be written and read");
      break;
    }
    if (const auto* wrong = std::get_if<proxy::broken>(&found)) {
      fuzz::require(!wrong->why.empty(), "it is said what is wrong");
      break;
    }
    const auto wanted = std::get<proxy::more>(found).bytes;
    fuzz::require(wanted > 0, "something is asked for");
    fuzz::require(so_far.size() + wanted <= proxy::max_bytes, "a header is bounded");
    if (so_far.size() + wanted > text.size()) break;
    so_far = text.substr(0, so_far.size() + wanted);
  }
  return 0;
}
