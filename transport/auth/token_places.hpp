#pragma once

#include "actors/errors.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace herald::transport {

/// What a browser, which can't set a header, offers besides `herald.v1`: this and its token.
inline constexpr std::string_view token_subprotocol = "herald.token.";

/// The token of a request: of `Authorization: Bearer`, of the query's `token`, or of a sub-protocol `herald.token.…`. Empty if there
/// is none. Errors: `bad_field` where there are several that differ, or the query can't be read.
std::variant<std::string, failure> find_token(const std::vector<std::string_view>& authorization, std::string_view query,
                                              const std::vector<std::string_view>& subprotocols);

}  // namespace herald::transport
