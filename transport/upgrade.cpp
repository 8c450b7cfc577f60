#include "transport/upgrade.hpp"

#include "transport/protocol/codec.hpp"

#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <iterator>

namespace herald::transport {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::string_view view(beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

std::optional<http_response> check_headers(const upgrade_request& from, const upgrade_rules& rules, upgrade_terms& into) {
  into.many_headers = static_cast<std::size_t>(std::distance(from.begin(), from.end())) > rules.max_headers;
  if (!into.many_headers) return std::nullopt;
  return error_response(431, "too_large",
                        "the request may have up to " + std::to_string(rules.max_headers) + " headers (handshake-max-headers)");
}

/// A browser says which page it is; nobody else sets it, and no page can.
std::optional<http_response> check_origin(const upgrade_request& from, const upgrade_rules& rules, upgrade_terms& into) {
  const auto origins = values_of(from, "Origin");
  into.bad_origin = origins.size() > 1 || (origins.size() == 1 && !rules.origins.allows(origins[0], view(from[http::field::host])));
  if (!into.bad_origin) return std::nullopt;
  return error_response(403, "not_allowed", "pages of this origin may not connect (allowed-origins)", "Origin");
}

std::optional<http_response> choose_protocol(const upgrade_request& from, upgrade_terms& into) {
  const auto offered = offered_protocols(from);
  into.names_protocol = std::ranges::find(offered, native_codec().subprotocol()) != offered.end();
  if (offered.empty() || into.names_protocol) return std::nullopt;
  return error_response(400, "bad_field", "none of the sub-protocols offered is known: offer herald.v1, or none",
                        "Sec-WebSocket-Protocol");
}

std::optional<http_response> check_websocket(const upgrade_request& from) {
  if (from.method() != http::verb::get) {
    auto answer = error_response(405, "bad_method", "a WebSocket opens with GET");
    answer.headers.emplace_back("Allow", "GET");
    return answer;
  }
  if (!beast::websocket::is_upgrade(from) || from[http::field::sec_websocket_version] != "13") {
    auto answer = error_response(426, "upgrade_required", "this is a WebSocket's address: upgrade to websocket, version 13");
    answer.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    return answer;
  }
  if (from[http::field::sec_websocket_key].size() != 24)
    return error_response(400, "bad_field", "Sec-WebSocket-Key must be 16 bytes in base64", "Sec-WebSocket-Key");
  return std::nullopt;
}

}  // namespace

std::optional<http_response> check_upgrade(const upgrade_request& from, const upgrade_rules& rules, upgrade_terms& into) {
  if (auto wrong = check_headers(from, rules, into)) return wrong;
  const auto target = view(from.target());
  const auto path_end = std::min(target.find('?'), target.size());
  into.query = target.substr(std::min(path_end + 1, target.size()));
  if (target.substr(0, path_end) != "/ws")
    return error_response(404, "not_found", "there is nothing at this path: WebSockets open at /ws");
  if (auto wrong = check_websocket(from)) return wrong;
  if (auto wrong = check_origin(from, rules, into)) return wrong;
  return choose_protocol(from, into);
}

std::vector<std::string_view> values_of(const upgrade_request& from, std::string_view header) {
  std::vector<std::string_view> result;
  const auto [first, last] = from.equal_range({header.data(), header.size()});
  for (auto line = first; line != last; ++line) result.push_back(view(line->value()));
  return result;
}

std::vector<std::string_view> offered_protocols(const upgrade_request& from) {
  std::vector<std::string_view> result;
  for (const auto line : values_of(from, "Sec-WebSocket-Protocol"))
    for (const auto& name : http::token_list{{line.data(), line.size()}}) result.push_back(view(name));
  return result;
}

}  // namespace herald::transport
