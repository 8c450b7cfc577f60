#include "transport/address/allowed_origins.hpp"

#include "transport/address/ip_address.hpp"

#include <algorithm>

namespace herald::transport {
namespace {

constexpr std::size_t longest_origin = 512;

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// A host and perhaps a port, as a browser writes it: no path, no user, no blanks.
bool is_authority(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view{"-._:[]"}.find(c) != std::string_view::npos;
  });
}

std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, std::min(authority.find(']'), authority.size() - 1) + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_this_machine(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = ip_address::parse(host);
  return address && address->is_loopback();
}

}  // namespace

std::optional<std::string> allowed_origins::parse(std::string_view text, otherwise unsaid, allowed_origins& into) {
  into = {};
  into.otherwise_ = text == "*" ? otherwise::any : text == "auto" ? unsaid : otherwise::none;
  if (text == "*" || text == "auto") return std::nullopt;
  while (true) {
    const auto one = text.substr(0, text.find(','));
    auto read = read_pattern(one);
    if (one == "null")
      into.null_ = true;
    else if (!read)
      return std::string{one} + " is not an origin; give such as https://app.example.com, https://*.example.com or null";
    else
      into.patterns_.push_back(std::move(*read));
    if (one.size() == text.size()) return std::nullopt;
    text.remove_prefix(one.size() + 1);
  }
}

std::optional<allowed_origins::pattern> allowed_origins::read_pattern(std::string_view text) {
  const auto whole = lower(text);
  const auto end = whole.find("://");
  if (end == std::string::npos || (whole.substr(0, end) != "http" && whole.substr(0, end) != "https")) return std::nullopt;
  pattern result{whole.substr(0, end), whole.substr(end + 3)};
  result.subdomains = result.host.starts_with("*.");
  if (result.subdomains) result.host.erase(0, 2);
  if (!is_authority(result.host)) return std::nullopt;
  return result;
}

bool allowed_origins::allows(std::string_view origin, std::string_view host) const {
  if (origin.empty() || otherwise_ == otherwise::any) return true;
  if (origin.size() > longest_origin) return false;
  if (origin == "null") return null_;
  const auto page = read_pattern(origin);
  if (!page || page->subdomains) return false;
  const auto is_listed = std::ranges::any_of(patterns_, [&](const pattern& one) {
    if (one.scheme != page->scheme) return false;
    return one.subdomains ? page->host.ends_with('.' + one.host) : page->host == one.host;
  });
  if (is_listed || otherwise_ == otherwise::none) return is_listed;
  const auto of_page = without_port(page->host);
  return is_this_machine(of_page) || of_page == without_port(lower(host));
}

}  // namespace herald::transport
