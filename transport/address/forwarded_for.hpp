#pragma once

#include "transport/address/ip_address.hpp"

#include <string_view>
#include <vector>

namespace herald::transport {

/// Whose request it is: `peer`, unless that is a trusted proxy. Then the rightmost address in `X-Forwarded-For` that is not
/// one of ours: what stands left of it anybody may have written. `lines` are the header's values in their order.
/// Bound:  32 addresses are looked at, from the right, and none of more than 64 characters.
/// Errors: where the chain can't be read, the last address that could be.
ip_address client_behind(const ip_address& peer, const std::vector<std::string_view>& lines, const std::vector<ip_network>& trusted);

}  // namespace herald::transport
