#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace herald::backplane {

/// herald's Lua scripts, each a file of its own in this folder.
enum class script : std::uint8_t { publish, read, acknowledge, mark_lost, keep_order };
inline constexpr std::size_t script_count = 5;

/// Its text, as it was when herald was built.
std::string_view text_of(script which) noexcept;

}  // namespace herald::backplane
