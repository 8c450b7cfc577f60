#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::transport {

/// An IP address of either version. An IPv4 address that came as IPv6 (`::ffff:192.0.2.1`, from a socket that listens for both)
/// is the IPv4 address: they are equal, and printed alike.
class ip_address {
public:
  using bytes = std::array<std::uint8_t, 16>;

  ip_address() = default;  ///< `::`

  static ip_address v4(const std::uint8_t* four) noexcept;
  static ip_address v6(const std::uint8_t* sixteen) noexcept;

  /// Reads an address in digits, without port, brackets or zone.
  static std::optional<ip_address> parse(std::string_view text) noexcept;

  bool is_v4() const noexcept;
  bool is_loopback() const noexcept;

  /// 16 bytes in network order; IPv4 is mapped (RFC 4291, section 2.5.5.2).
  const bytes& raw() const noexcept { return bytes_; }

  /// What limits count by: an IPv4 address itself, and of an IPv6 address its /64, which is the least that one customer has.
  ip_address counted() const noexcept;

  std::string to_string() const;

  friend bool operator==(const ip_address&, const ip_address&) = default;

private:
  bytes bytes_{};
};

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or a single one.
class ip_network {
public:
  /// Errors: nothing, for what is not an address, has too long a prefix, or has bits set beyond its prefix.
  static std::optional<ip_network> parse(std::string_view text) noexcept;

  bool contains(const ip_address& which) const noexcept;

private:
  ip_address first_;
  unsigned prefix_bits_ = 128;  ///< Of the 128 that an IPv4 address is mapped to.
};

/// Whether one of them has it.
bool contains(const std::vector<ip_network>& networks, const ip_address& which) noexcept;

}  // namespace herald::transport
