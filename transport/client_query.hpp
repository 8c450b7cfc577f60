#pragma once

#include "actors/messages.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <variant>

namespace herald::transport {

/// What a client says of itself in the query of `GET /ws`: `user`, `groups`, `resume`, `device`. Others are left alone.
/// `needs_user`: whether it must name its user; else a token does.
/// Errors: `bad_field` or `too_many_groups`, with the parameter's name.
std::variant<std::shared_ptr<hello>, failure> read_client_query(std::string_view query, std::size_t max_groups,
                                                               bool needs_user = true);

}  // namespace herald::transport
