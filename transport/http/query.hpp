#pragma once

#include "actors/errors.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace herald::transport {

using query_fields = std::vector<std::pair<std::string, std::string>>;

/// A request's query, decoded, in its order.
/// Errors: `bad_field`: it is not URL-encoded.
std::variant<query_fields, failure> read_query(std::string_view query);

}  // namespace herald::transport
