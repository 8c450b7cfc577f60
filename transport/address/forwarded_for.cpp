#include "transport/address/forwarded_for.hpp"

#include <optional>

namespace herald::transport {
namespace {

constexpr std::size_t max_hops = 32;
constexpr std::size_t longest_hop = 64;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// An address as proxies write it: alone, with a port, or in brackets with or without one.
std::optional<ip_address> read_hop(std::string_view text) {
  if (text.empty() || text.size() > longest_hop) return std::nullopt;
  if (text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos || (end + 1 < text.size() && text[end + 1] != ':')) return std::nullopt;
    return ip_address::parse(text.substr(1, end - 1));
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) text = text.substr(0, colon);
  return ip_address::parse(text);
}

/// Takes the last address off the text.
std::string_view take_last(std::string_view& text) {
  const auto comma = text.rfind(',');
  const auto begin = comma == std::string_view::npos ? 0 : comma + 1;
  const auto result = text.substr(begin);
  text = text.substr(0, begin == 0 ? 0 : comma);
  return trimmed(result);
}

}  // namespace

ip_address client_behind(const ip_address& peer, const std::vector<std::string_view>& lines, const std::vector<ip_network>& trusted) {
  auto result = peer;
  std::size_t hops = 0;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    for (auto text = *line; !text.empty();) {
      if (!contains(trusted, result) || ++hops > max_hops) return result;
      const auto hop = take_last(text);
      if (hop.empty()) continue;
      const auto address = read_hop(hop);
      if (!address) return result;
      result = *address;
    }
  return result;
}

}  // namespace herald::transport
