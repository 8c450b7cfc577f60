#include "message.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace herald::load {

namespace {

constexpr std::string_view notification_opening = R"({"type":"notification","channel":")";
constexpr std::string_view run_opening = R"({"run":")";

bool starts_with(std::string_view text, std::string_view opening) {
  return text.size() >= opening.size() && std::memcmp(text.data(), opening.data(), opening.size()) == 0;
}

/// Takes `text` off the front of `from`.
bool take(std::string_view& from, std::string_view text) {
  if (!starts_with(from, text))
    return false;
  from.remove_prefix(text.size());
  return true;
}

template <class T>
bool take_number(std::string_view& from, T& to) {
  const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), to);
  from.remove_prefix(static_cast<std::size_t>(end - from.data()));
  return error == std::errc{};
}

frame_kind kind_of(std::string_view frame) {
  constexpr std::array<std::pair<std::string_view, frame_kind>, 4> kinds{{
    {R"({"type":"welcome")", frame_kind::welcome},
    {R"({"type":"reset")", frame_kind::reset},
    {R"({"type":"bye")", frame_kind::bye},
    {R"({"type":"error")", frame_kind::error},
  }};
  for (const auto& [opening, kind] : kinds)
    if (starts_with(frame, opening))
      return kind;
  return frame_kind::other;
}

} // namespace

message_codec::message_codec(const population& people, std::uint32_t payload_bytes, std::uint32_t run)
  : people_(people), payload_bytes_(payload_bytes), padding_(payload_bytes, ' ') {
  char text[32];
  std::snprintf(text, sizeof text, R"({"run":"%08x","to":")", run);
  opening_ = text;
  for (std::size_t i = 0; i < padding_.size(); ++i)
    padding_[i] = static_cast<char>('a' + i % 26);
}

void message_codec::append_payload(std::string& to, const stamp& what) const {
  const auto start = to.size();
  to += opening_;
  to += people_.name_of(what.channel);
  char text[96];
  const auto length = std::snprintf(text, sizeof text, R"(","n":%u,"at":%lld,"pad":")", what.sequence, static_cast<long long>(what.intended));
  to.append(text, static_cast<std::size_t>(length));
  const auto used = to.size() - start + 2;
  to.append(padding_, 0, used < payload_bytes_ ? payload_bytes_ - used : 0);
  to += "\"}";
}

std::string message_codec::run_id() const {
  return opening_.substr(run_opening.size(), 8);
}

std::string message_codec::id_of(const stamp& what) const {
  return run_id() + "." + people_.name_of(what.channel) + "." + std::to_string(what.sequence);
}

std::optional<std::string_view> message_codec::find_payload(std::string_view frame) const {
  // Usually `data` is the last member: the payload ends just before the frame's closing brace.
  if (frame.size() > payload_bytes_) {
    const auto guess = frame.substr(frame.size() - 1 - payload_bytes_, payload_bytes_);
    if (starts_with(guess, run_opening))
      return guess;
  }
  constexpr std::string_view data = R"("data":)";
  const auto at = frame.find(data);
  if (at == std::string_view::npos)
    return std::nullopt;
  return frame.substr(at + data.size(), payload_bytes_);
}

/// A client sees its own user's channel as "user", all others by their name.
bool message_codec::names_its_channel(std::string_view frame, channel_id channel, std::string_view name) const {
  frame.remove_prefix(notification_opening.size());
  const bool shared = channel == population::broadcast() || people_.is_group(channel);
  return take(frame, shared ? name : "user") && starts_with(frame, "\"");
}

frame_kind message_codec::read(std::string_view frame, stamp& found) const {
  if (!starts_with(frame, notification_opening))
    return kind_of(frame);
  const auto payload = find_payload(frame);
  if (!payload)
    return frame_kind::damaged;
  auto rest = *payload;
  if (!take(rest, opening_))
    return starts_with(rest, run_opening) ? frame_kind::foreign : frame_kind::damaged;
  const auto name = rest.substr(0, rest.find('"'));
  const auto channel = people_.channel_named(name);
  rest.remove_prefix(name.size());
  const bool read = channel && take(rest, R"(","n":)") && take_number(rest, found.sequence) && take(rest, R"(,"at":)")
                    && take_number(rest, found.intended) && take(rest, R"(,"pad":")");
  if (!read || !names_its_channel(frame, *channel, name))
    return frame_kind::damaged;
  found.channel = *channel;
  const bool intact = rest.size() >= 2 && starts_with(padding_, rest.substr(0, rest.size() - 2)) && rest.substr(rest.size() - 2) == "\"}";
  return intact ? frame_kind::notification : frame_kind::damaged;
}

} // namespace herald::load
