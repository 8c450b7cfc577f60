#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace herald::transport {

/// The first byte of an unfragmented frame: FIN and the opcode, and for a compressed message RSV1 (RFC 7692, section 6).
enum class frame_kind : unsigned char { text = 0x81, close = 0x88, compressed_text = 0xc1 };

/// Appends an unfragmented, unmasked frame, as a server sends it (RFC 6455, section 5.2).
inline void append_frame(std::string& out, frame_kind kind, std::string_view payload) {
  const auto size = payload.size();
  auto put_size = [&](int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((size >> (8 * i)) & 0xff);
  };
  out += static_cast<char>(kind);
  if (size < 126) {
    out += static_cast<char>(size);
  } else if (size < 65'536) {
    out += static_cast<char>(126);
    put_size(2);
  } else {
    out += static_cast<char>(127);
    put_size(8);
  }
  out += payload;
}

inline void append_text_frame(std::string& out, std::string_view payload) {
  append_frame(out, frame_kind::text, payload);
}

}  // namespace herald::transport
