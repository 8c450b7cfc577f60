#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::app {

/// A host and a TCP port. The host carries no brackets, also when it is an IPv6 address.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// `127.0.0.1:8084`, or `[::1]:8084` for an IPv6 address.
std::string to_string(const endpoint& where);

/// Reads `host:port`; an IPv6 address stands in brackets. The host may be a name.
/// `default_port` stands in for a port that was left out. Empty when the text is not of that form.
std::optional<endpoint> parse_endpoint(std::string_view text,
                                       std::optional<std::uint16_t> default_port = {});

/// Whether `host` is an IPv4 or IPv6 address written in digits.
bool is_ip_address(const std::string& host);

/// Whether `host` is an address that only this machine reaches: 127.0.0.0/8, ::1, and the former
/// written as an IPv6 address (::ffff:127.0.0.1). A name is never loopback: what it resolves to
/// is not known here.
bool is_loopback(const std::string& host);

}  // namespace herald::app
