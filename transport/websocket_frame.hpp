#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace herald::transport {

/// Appends an unfragmented, unmasked text frame, as a server sends it (RFC 6455, section 5.2).
inline void append_text_frame(std::string& out, std::string_view payload) {
  const auto size = payload.size();
  auto put_size = [&](int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((size >> (8 * i)) & 0xff);
  };
  out += static_cast<char>(0x81);  // FIN, text
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

}  // namespace herald::transport
