#pragma once

#include "clock.hpp"
#include "population.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::load {

/// What a message says about itself.
struct stamp {
  channel_id channel = 0;
  std::uint32_t sequence = 0; ///< 1, 2, 3, … on its channel
  nanos intended = 0;         ///< when it was to be sent
};

/// What a frame turned out to be.
enum class frame_kind { notification, damaged, foreign, welcome, reset, bye, error, other };

/// Writes and reads the JSON data of our messages, all of one size:
///   {"run":"5f3a90c1","to":"u17","n":42,"at":81234567890123,"pad":"…"}
/// and tells other frames apart. Reading is a scan over known places, not a JSON parse: it must cost next to nothing.
/// A message with another `run` is foreign: not ours, counted apart.
class message_codec {
public:
  message_codec(const population& people, std::uint32_t payload_bytes, std::uint32_t run);

  void append_payload(std::string& to, const stamp& what) const;

  /// What its payloads call this run: "5f3a90c1".
  std::string run_id() const;

  /// An id for the message, which no other message of any run has.
  std::string id_of(const stamp& what) const;

  /// Reads a whole text frame. `found` is set for a notification of ours.
  frame_kind read(std::string_view frame, stamp& found) const;

private:
  std::optional<std::string_view> find_payload(std::string_view frame) const;
  bool names_its_channel(std::string_view frame, channel_id channel, std::string_view name) const;

  const population& people_;
  std::size_t payload_bytes_;
  std::string opening_; ///< {"run":"5f3a90c1","to":"
  std::string padding_;
};

} // namespace herald::load
