#include "endpoint.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <charconv>
#include <cstring>

namespace herald::load {

namespace {

std::optional<in_addr> resolve(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1)
    return address;
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
    return std::nullopt;
  sockaddr_in socket_address{};
  std::memcpy(&socket_address, found->ai_addr, sizeof socket_address);
  freeaddrinfo(found);
  return socket_address.sin_addr;
}

std::optional<std::string_view> without_prefix(std::string_view text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix)
    return std::nullopt;
  return text.substr(prefix.size());
}

} // namespace

std::optional<endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return std::nullopt;
  const auto port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc{} || end != port_text.data() + port_text.size() || port == 0)
    return std::nullopt;
  const auto host = resolve(std::string{text.substr(0, colon)});
  if (!host)
    return std::nullopt;
  endpoint result;
  result.address.sin_family = AF_INET;
  result.address.sin_port = htons(port);
  result.address.sin_addr = *host;
  result.text = text;
  return result;
}

std::optional<endpoint> parse_node(std::string_view text) {
  const auto secure = without_prefix(text, "wss://");
  auto result = parse_endpoint(secure ? *secure : without_prefix(text, "ws://").value_or(text));
  if (result)
    result->tls = secure.has_value();
  return result;
}

std::optional<publish_target> parse_publish_target(std::string_view text) {
  publish_target target;
  auto rest = without_prefix(text, "redis://");
  if (!rest) {
    rest = without_prefix(text, "http://");
    target.type = publish_target::kind::http;
  }
  if (!rest)
    return std::nullopt;
  if (const auto at = rest->rfind('@'); at != std::string_view::npos && target.type == publish_target::kind::redis) {
    const auto credentials = rest->substr(0, at);
    const auto colon = credentials.find(':');
    if (colon == std::string_view::npos)
      return std::nullopt;
    target.user = credentials.substr(0, colon);
    target.password = credentials.substr(colon + 1);
    rest = rest->substr(at + 1);
  }
  while (!rest->empty() && rest->back() == '/')
    rest->remove_suffix(1);
  auto where = parse_endpoint(*rest);
  if (!where)
    return std::nullopt;
  target.where = std::move(*where);
  return target;
}

std::optional<std::vector<in_addr>> parse_address_range(std::string_view text) {
  const auto dash = text.find('-');
  const std::string first{text.substr(0, dash)};
  const std::string last{dash == std::string_view::npos ? text : text.substr(dash + 1)};
  in_addr low{}, high{};
  if (inet_pton(AF_INET, first.c_str(), &low) != 1 || inet_pton(AF_INET, last.c_str(), &high) != 1)
    return std::nullopt;
  const std::uint32_t from = ntohl(low.s_addr), to = ntohl(high.s_addr);
  if (from > to || to - from > 255)
    return std::nullopt;
  std::vector<in_addr> addresses;
  for (std::uint32_t address = from; address <= to; ++address)
    addresses.push_back(in_addr{htonl(address)});
  return addresses;
}

} // namespace herald::load
