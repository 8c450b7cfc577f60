#include "chaos/frames.hpp"

#include <rapidjson/document.h>

#include <cctype>

namespace herald::load {

namespace {

using rapidjson::Value;

std::string text_of(const Value& from, const char* name) {
  const auto found = from.FindMember(name);
  return found != from.MemberEnd() && found->value.IsString() ? std::string{found->value.GetString(), found->value.GetStringLength()}
                                                              : std::string{};
}

nanos milliseconds_of(const Value& from, const char* name) {
  const auto found = from.FindMember(name);
  return found != from.MemberEnd() && found->value.IsNumber() ? static_cast<nanos>(found->value.GetDouble() * 1e6) : 0;
}

channel_news news_of(std::string channel, const Value& from) {
  channel_news news{.channel = std::move(channel), .cursor = text_of(from, "cursor"), .recovered = std::nullopt};
  if (const auto found = from.FindMember("recovered"); found != from.MemberEnd() && found->value.IsBool())
    news.recovered = found->value.GetBool();
  return news;
}

} // namespace

std::optional<server_frame> read_server_frame(std::string_view frame) {
  rapidjson::Document whole;
  whole.Parse(frame.data(), frame.size());
  if (whole.HasParseError() || !whole.IsObject())
    return std::nullopt;
  server_frame read;
  read.type = text_of(whole, "type");
  if (read.type.empty())
    return std::nullopt;
  read.ping = milliseconds_of(whole, "ping_ms");
  read.reconnect = milliseconds_of(whole, "reconnect_ms");
  if (auto channel = text_of(whole, "channel"); !channel.empty())
    read.channels.push_back(news_of(std::move(channel), whole));
  const auto channels = whole.FindMember("channels");
  if (channels == whole.MemberEnd() || !channels->value.IsObject())
    return read;
  for (const auto& [name, value] : channels->value.GetObject())
    if (value.IsObject())
      read.channels.push_back(news_of({name.GetString(), name.GetStringLength()}, value));
  return read;
}

std::string_view notification_member(std::string_view frame, std::string_view name) {
  const auto head = frame.substr(0, frame.find(R"("data":)"));
  const auto key = std::string{"\""}.append(name).append("\":\"");
  const auto found = head.find(key);
  if (found == std::string_view::npos)
    return {};
  const auto value = head.substr(found + key.size());
  return value.substr(0, value.find('"'));
}

std::string url_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view{"-._~"}.find(c) != std::string_view::npos)
      result += c;
    else
      result.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return result;
}

} // namespace herald::load
