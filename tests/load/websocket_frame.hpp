#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::load {

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The head of a WebSocket frame (RFC 6455, section 5.2).
struct frame_head {
  opcode code = opcode::text;
  bool final = true;
  bool masked = false;
  std::size_t head_bytes = 0;
  std::uint64_t payload_bytes = 0;
};

/// Reads a head; nothing when it has not arrived whole.
inline std::optional<frame_head> read_frame_head(const char* bytes, std::size_t available) {
  if (available < 2)
    return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  frame_head head;
  head.final = (byte(0) & 0x80) != 0;
  head.code = static_cast<opcode>(byte(0) & 0x0f);
  head.masked = (byte(1) & 0x80) != 0;
  const unsigned length = byte(1) & 0x7f;
  const std::size_t extra = length < 126 ? 0 : length == 126 ? 2 : 8;
  head.head_bytes = 2 + extra;
  if (available < head.head_bytes)
    return std::nullopt;
  head.payload_bytes = extra == 0 ? length : 0;
  for (std::size_t i = 0; i < extra; ++i)
    head.payload_bytes = head.payload_bytes << 8 | byte(2 + i);
  return head;
}

/// A client's control frame. Clients must mask; the key is zero, which leaves the payload as it is (no proxy here to protect).
inline std::string control_frame(opcode code, std::string_view payload) {
  std::string frame{static_cast<char>(0x80 | static_cast<unsigned>(code)), static_cast<char>(0x80 | payload.size())};
  frame.append(4, '\0');
  frame += payload.substr(0, 125);
  return frame;
}

} // namespace herald::load
