#include "app/client_limits.hpp"

#include "app/setting_value.hpp"

#include <algorithm>

namespace herald::app {
namespace {

constexpr std::size_t most_in_a_list = 64;

/// Calls `take` with each part until it says no; whether it never did.
template <class Take>
bool for_each_part(std::string_view text, Take take) {
  while (true) {
    const auto one = text.substr(0, text.find(','));
    if (!take(one)) return false;
    if (one.size() == text.size()) return true;
    text.remove_prefix(one.size() + 1);
  }
}

bool is_too_long(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, ',')) >= most_in_a_list;
}

}  // namespace

std::string explain_bad_networks(std::string_view text) {
  if (is_too_long(text)) return "has more than 64 entries";
  std::string result;
  for_each_part(text, [&](std::string_view one) {
    if (!transport::ip_network::parse(one))
      result = "has " + in_quotes(one) + ", which is no network; give such as 10.0.0.0/8 (without bits behind the prefix), 192.0.2.7 or 2001:db8::/32";
    return result.empty();
  });
  return result;
}

std::string explain_bad_origins(std::string_view text) {
  using transport::allowed_origins;
  if (is_too_long(text)) return "has more than 64 entries";
  allowed_origins ignored;
  const auto wrong = allowed_origins::parse(text, allowed_origins::otherwise::none, ignored);
  if (!wrong) return {};
  return "has an entry that is no origin; give such as https://app.example.com, https://*.example.com or null";
}

std::vector<transport::ip_network> networks_of(std::string_view text) {
  std::vector<transport::ip_network> result;
  if (text.empty()) return result;
  for_each_part(text, [&](std::string_view one) {
    if (auto network = transport::ip_network::parse(one)) result.push_back(*network);
    return true;
  });
  return result;
}

}  // namespace herald::app
