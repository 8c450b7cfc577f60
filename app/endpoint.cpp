#include "app/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace herald::app {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return port;
}

std::optional<std::array<unsigned char, 16>> as_ipv6(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return {};
  return bytes;
}

std::optional<std::array<unsigned char, 4>> as_ipv4(const std::string& host) {
  std::array<unsigned char, 4> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) != 1) return {};
  return bytes;
}

/// Letters, digits, hyphen, dot and underscore: RFC 1123 and what service names use.
bool is_name(std::string_view host) {
  const auto fits = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
        || c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), fits);
}

}  // namespace

std::string to_string(const endpoint& where) {
  const bool brackets = where.host.find(':') != std::string::npos;
  return (brackets ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port);
}

std::optional<endpoint> parse_endpoint(std::string_view text,
                                       std::optional<std::uint16_t> default_port) {
  endpoint result;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return {};
    result.host = text.substr(1, close - 1);
    if (!as_ipv6(result.host)) return {};
    rest = text.substr(close + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    result.host = text.substr(0, colon);
    if (!is_name(result.host)) return {};
    rest = text.substr(colon);
  }
  if (rest.empty() && default_port) {
    result.port = *default_port;
    return result;
  }
  if (!rest.starts_with(':')) return {};
  const auto port = parse_port(rest.substr(1));
  if (!port) return {};
  result.port = *port;
  return result;
}

bool is_ip_address(const std::string& host) {
  return as_ipv4(host) || as_ipv6(host);
}

bool is_loopback(const std::string& host) {
  if (const auto v4 = as_ipv4(host)) return v4->front() == 127;
  const auto v6 = as_ipv6(host);
  if (!v6) return false;
  static constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), v6->begin())) return (*v6)[12] == 127;
  return std::all_of(v6->begin(), v6->end() - 1, [](auto x) { return x == 0; }) && v6->back() == 1;
}

}  // namespace herald::app
