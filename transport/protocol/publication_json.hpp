#pragma once

#include "actors/errors.hpp"
#include "actors/notification.hpp"
#include "transport/protocol/json_members.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace herald::transport {

/// A publish request: one publication for each channel it goes to, all with the same id and data.
struct publish_request {
  std::vector<publication> publications;
  std::vector<std::string> users;  ///< The ids of `to.users`, as given; empty for another kind of `to`.
};

inline constexpr std::size_t max_users_per_publish = 1'000;
inline constexpr std::int64_t max_ttl_s = 604'800;  // a week

/// Reads the members `to`, `data`, `id`, `durable`, `ttl_s`, `trace` and `traceparent` of a publish request. Others are refused, except those in `also`.
/// Errors: `bad_field` with the field's name and what it should be, `too_large` for data of more than `max_data_bytes`.
std::variant<publish_request, failure> read_publish(const json::children& object, std::size_t max_data_bytes,
                                                    std::initializer_list<std::string_view> also = {});

}  // namespace herald::transport
