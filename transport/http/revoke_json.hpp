#pragma once

#include "actors/errors.hpp"
#include "actors/order.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace herald::transport {

/// The order in the body of `POST /admin/revoke`: `{"user":"42"}` or `{"jti":"…"}`, with `until` (Unix seconds) or `ttl_s`; kept for
/// `ttl` without either. `now_ms`: Unix time.
/// Errors: `bad_json`, or `bad_field` with the field's name.
std::variant<order, failure> read_revoke(std::string_view body, std::int64_t now_ms, std::chrono::seconds ttl);

/// A part of a path without its percent escapes; as it is if they are wrong.
std::string decoded_path(std::string_view part);

}  // namespace herald::transport
