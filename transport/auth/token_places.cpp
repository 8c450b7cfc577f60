#include "transport/auth/token_places.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/params_encoded_view.hpp>
#include <boost/url/parse_query.hpp>

#include <algorithm>

namespace herald::transport {
namespace {

constexpr std::string_view bearer = "bearer ";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Where another scheme than Bearer is given, that is for somebody else.
void find_in_header(std::string_view value, std::vector<std::string>& into) {
  const auto scheme = value.substr(0, std::min(bearer.size(), value.size()));
  if (boost::beast::iequals(boost::beast::string_view{scheme.data(), scheme.size()},
                            boost::beast::string_view{bearer.data(), bearer.size()}))
    into.emplace_back(trimmed(value.substr(bearer.size())));
}

bool find_in_query(std::string_view query, std::vector<std::string>& into) {
  const std::string text{query};  // Boost.URL 1.81 reads beyond a view's size
  auto parsed = boost::urls::parse_query({text.data(), text.size()});
  if (!parsed) return false;
  for (const auto& given : *parsed)
    if (given.key.decode() == "token") into.push_back(given.value.decode());
  return true;
}

}  // namespace

std::variant<std::string, failure> find_token(const std::vector<std::string_view>& authorization, std::string_view query,
                                              const std::vector<std::string_view>& subprotocols) {
  std::vector<std::string> found;
  for (const auto value : authorization) find_in_header(value, found);
  if (!find_in_query(query, found)) return failure{errc::bad_field, "the query is not URL-encoded", {}};
  for (const auto name : subprotocols)
    if (name.starts_with(token_subprotocol)) found.emplace_back(name.substr(token_subprotocol.size()));
  if (found.empty()) return std::string{};
  if (std::ranges::any_of(found, [&](const std::string& x) { return x != found.front(); }))
    return failure{errc::bad_field, "token: several that differ are given: give one, in one place", "token"};
  return std::move(found.front());
}

}  // namespace herald::transport
