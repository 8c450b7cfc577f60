#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace herald::backplane {

/// A Cluster's keys, and the channels of sharded pub/sub, are divided into so many slots.
inline constexpr std::size_t slot_count = 16384;

/// The slot of a key: CRC16 (XMODEM) of it, or of what stands between its first `{` and the next `}` if that is not empty
/// (Redis Cluster specification, "Hash tags").
std::uint16_t slot_of(std::string_view key) noexcept;

}  // namespace herald::backplane
