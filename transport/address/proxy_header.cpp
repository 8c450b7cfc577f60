#include "transport/address/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace herald::transport::proxy {
namespace {

constexpr std::string_view v1_begin = "PROXY ";
constexpr std::string_view v2_begin{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v1_shortest = 15;  // PROXY UNKNOWN and its line end
constexpr std::size_t v1_longest = 107;
constexpr std::size_t v2_fixed = 16;

std::uint8_t byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(text[at]);
}

std::size_t number_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<std::size_t>(byte_at(text, at)) << 8 | byte_at(text, at + 1);
}

// -- version 1: a line --------------------------------------------------------

std::string_view take_word(std::string_view& line) noexcept {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool is_port(std::string_view word) noexcept {
  std::uint16_t port = 0;
  const auto* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, port);
  return error == std::errc{} && stop == end && (word.size() == 1 || word.front() != '0');
}

result read_line(std::string_view line) noexcept {
  line.remove_prefix(v1_begin.size());
  const auto family = take_word(line);
  if (family == "UNKNOWN") return client{};  // whatever follows is to be ignored
  if (family != "TCP4" && family != "TCP6") return broken{"neither TCP4, TCP6 nor UNKNOWN"};
  const auto source_text = take_word(line), target_text = take_word(line);
  const auto source_port = take_word(line), target_port = take_word(line);
  const auto source = ip_address::parse(source_text), target = ip_address::parse(target_text);
  const auto is_of_family = [&](std::string_view text) { return (text.find(':') == std::string_view::npos) == (family == "TCP4"); };
  if (!source || !target || !is_of_family(source_text) || !is_of_family(target_text)) return broken{"a bad address"};
  if (!is_port(source_port) || !is_port(target_port) || !line.empty()) return broken{"a bad port"};
  return client{source};
}

result read_v1(std::string_view text) noexcept {
  if (text.size() < v1_shortest) return more{v1_shortest - text.size()};
  const auto end = text.find("\r\n");
  if (end != std::string_view::npos)
    return end + 2 == text.size() ? read_line(text.substr(0, end)) : result{broken{"more than a line"}};
  if (text.size() >= v1_longest) return broken{"a line of more than 107 bytes"};
  return more{1};  // the next one may be the last
}

// -- version 2: bytes ---------------------------------------------------------

/// CRC-32C (RFC 4960, appendix B), a bit at a time: a header is short, and rare.
std::uint32_t crc32c(std::string_view text, std::size_t zeroed_at) noexcept {
  std::uint32_t sum = 0xffffffffu;
  for (std::size_t i = 0; i < text.size(); ++i) {
    sum ^= i >= zeroed_at && i < zeroed_at + 4 ? 0u : byte_at(text, i);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1u) != 0 ? 0x82f63b78u : 0u);
  }
  return ~sum;
}

/// Goes over the TLVs from `at` on: a checksum must be right, the others are skipped.
std::optional<broken> check_tlvs(std::string_view text, std::size_t at) noexcept {
  constexpr std::uint8_t type_crc32c = 0x03;
  while (at < text.size()) {
    if (text.size() - at < 3 || text.size() - at - 3 < number_at(text, at + 1)) return broken{"a TLV that is cut off"};
    const auto size = number_at(text, at + 1);
    if (byte_at(text, at) == type_crc32c) {
      if (size != 4) return broken{"a checksum that has not four bytes"};
      const auto said = static_cast<std::uint32_t>(number_at(text, at + 3) << 16 | number_at(text, at + 5));
      if (crc32c(text, at + 3) != said) return broken{"a wrong checksum"};
    }
    at += 3 + size;
  }
  return std::nullopt;
}

result read_v2(std::string_view text) noexcept {
  if (text.size() < v2_fixed) return more{v2_fixed - text.size()};
  const auto command = byte_at(text, 12);
  if (command != 0x20 && command != 0x21) return broken{"neither LOCAL nor PROXY, version 2"};
  const auto size = v2_fixed + number_at(text, 14);
  if (size > max_bytes) return broken{"a header of more than 1024 bytes"};
  if (text.size() < size) return more{size - text.size()};
  if (text.size() > size) return broken{"more than a header"};
  const auto family = byte_at(text, 13);
  const std::size_t addresses = family == 0x11 ? 12 : family == 0x21 ? 36 : 0;
  if (command == 0x20) return client{};  // LOCAL: the rest must be ignored
  if (addresses == 0) return client{};   // datagrams, Unix sockets, what is not known: the balancer's own address counts
  if (size < v2_fixed + addresses) return broken{"a header without its addresses"};
  if (auto wrong = check_tlvs(text, v2_fixed + addresses)) return *wrong;
  const auto* source = reinterpret_cast<const std::uint8_t*>(text.data()) + v2_fixed;
  return client{addresses == 12 ? ip_address::v4(source) : ip_address::v6(source)};
}

bool may_begin_with(std::string_view text, std::string_view begin) noexcept {
  return text.substr(0, begin.size()) == begin.substr(0, text.size());
}

}  // namespace

result read(std::string_view so_far) noexcept {
  // Both versions have at least this many bytes, so that the first read does not depend on which it is.
  if (so_far.size() < v1_begin.size())
    return may_begin_with(so_far, v1_begin) || may_begin_with(so_far, v2_begin)
             ? result{more{v1_shortest - so_far.size()}}
             : result{broken{"no PROXY header"}};
  if (may_begin_with(so_far, v1_begin)) return read_v1(so_far);
  if (may_begin_with(so_far, v2_begin)) return read_v2(so_far);
  return broken{"no PROXY header"};
}

}  // namespace herald::transport::proxy
