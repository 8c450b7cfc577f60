#pragma once

#include "actors/client_protocol.hpp"
#include "actors/notification.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace herald::transport {

/// From here on are the slots for compressed frames: that of a codec is so much further on.
inline constexpr std::size_t compressed_slots = batch::max_encodings / 2;

/// A client protocol: what messages look like as text. A new one is one class in this folder.
/// Thread: any; a codec has no state.
class codec {
public:
  virtual ~codec() = default;

  /// The WebSocket sub-protocol that picks it.
  virtual std::string_view subprotocol() const noexcept = 0;

  /// Its own slot in `batch::encoded`, below `compressed_slots`.
  virtual std::size_t slot() const noexcept = 0;

  /// Appends the message for one item of a run.
  virtual void encode(const channel& to, const notification& what, std::string& out) const = 0;

  /// The message for an event; nothing where the protocol has no such message.
  virtual std::optional<std::string> encode(const client_event& what) const = 0;

  /// Reads a message of a client. What can't be read becomes `command::malformed`.
  virtual client_command decode(std::string_view text) const = 0;
};

/// Sub-protocol `herald.v1`: one JSON object a message; see docs/protocol.md.
const codec& native_codec();

}  // namespace herald::transport
