#pragma once

#include "actors/order.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::backplane {

/// An order as Redis keeps it: `kick 1795000000000 42`, `user …`, `token …`. When it ends is kept beside it.
std::string to_text(const order& what);

/// The other way round; nothing if it is none.
std::optional<order> parse_order(std::string_view text, std::int64_t until_s);

/// An order on its way to the nodes: `herald1-order <who says it> <until_s> <order>`.
struct said_order {
  std::string by;
  order what;
};

std::string to_text(const said_order& what);
std::optional<said_order> parse_said_order(std::string_view text);

}  // namespace herald::backplane
