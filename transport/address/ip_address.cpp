#include "transport/address/ip_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace herald::transport {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t longest_text = INET6_ADDRSTRLEN - 1;

}  // namespace

ip_address ip_address::v4(const std::uint8_t* four) noexcept {
  ip_address result;
  std::copy(mapped.begin(), mapped.end(), result.bytes_.begin());
  std::copy(four, four + 4, result.bytes_.begin() + mapped.size());
  return result;
}

ip_address ip_address::v6(const std::uint8_t* sixteen) noexcept {
  ip_address result;
  std::copy(sixteen, sixteen + 16, result.bytes_.begin());
  return result;
}

std::optional<ip_address> ip_address::parse(std::string_view text) noexcept {
  if (text.empty() || text.size() > longest_text || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::array<char, longest_text + 1> ended{};
  std::copy(text.begin(), text.end(), ended.begin());
  bytes found{};
  if (::inet_pton(AF_INET, ended.data(), found.data()) == 1) return v4(found.data());
  if (::inet_pton(AF_INET6, ended.data(), found.data()) == 1) return v6(found.data());
  return std::nullopt;
}

bool ip_address::is_v4() const noexcept {
  return std::equal(mapped.begin(), mapped.end(), bytes_.begin());
}

bool ip_address::is_loopback() const noexcept {
  if (is_v4()) return bytes_[12] == 127;
  return bytes_ == bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}

ip_address ip_address::counted() const noexcept {
  if (is_v4()) return *this;
  auto result = *this;
  std::fill(result.bytes_.begin() + 8, result.bytes_.end(), std::uint8_t{0});
  return result;
}

std::string ip_address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4())
    ::inet_ntop(AF_INET, bytes_.data() + mapped.size(), text.data(), text.size());
  else
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::optional<ip_network> ip_network::parse(std::string_view text) noexcept {
  const auto slash = std::min(text.find('/'), text.size());
  const auto first = ip_address::parse(text.substr(0, slash));
  if (!first) return std::nullopt;
  const bool written_as_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned most = written_as_v4 ? 32 : 128;
  unsigned bits = most;
  if (slash < text.size()) {
    const auto number = text.substr(slash + 1);
    const auto* end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, bits);
    if (error != std::errc{} || stop != end || bits > most) return std::nullopt;
  }
  ip_network result;
  result.first_ = *first;
  result.prefix_bits_ = bits + (written_as_v4 ? 96 : 0);
  for (unsigned bit = result.prefix_bits_; bit < 128; ++bit)
    if ((first->raw()[bit / 8] & (0x80u >> (bit % 8))) != 0) return std::nullopt;
  return result;
}

bool ip_network::contains(const ip_address& which) const noexcept {
  const auto whole = prefix_bits_ / 8;
  if (!std::equal(first_.raw().begin(), first_.raw().begin() + whole, which.raw().begin())) return false;
  const auto rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xff00u >> rest;
  return ((first_.raw()[whole] ^ which.raw()[whole]) & mask & 0xffu) == 0;
}

bool contains(const std::vector<ip_network>& networks, const ip_address& which) noexcept {
  return std::any_of(networks.begin(), networks.end(), [&](const ip_network& one) { return one.contains(which); });
}

}  // namespace herald::transport
