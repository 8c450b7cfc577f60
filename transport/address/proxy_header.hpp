#pragma once

#include "transport/address/ip_address.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

namespace herald::transport {

/// The PROXY protocol, versions 1 and 2: what a load balancer says first about whose connection it passes on
/// (haproxy.org/download/2.6/doc/proxy-protocol.txt).
namespace proxy {

/// How much a header may have in all: version 1 at most 107, version 2 with its TLVs up to this.
inline constexpr std::size_t max_bytes = 1024;

/// So many bytes more belong to the header for certain: reading just these never takes what follows it.
struct more { std::size_t bytes; };

/// The whole header. Nothing: the balancer speaks for itself (LOCAL, UNKNOWN), as in a health check.
struct client { std::optional<ip_address> address; };

/// Not a header, or not one that may be believed.
struct broken { std::string_view why; };

using result = std::variant<more, client, broken>;

/// Looks at what came so far. An empty text asks for the first bytes.
result read(std::string_view so_far) noexcept;

}  // namespace proxy
}  // namespace herald::transport
