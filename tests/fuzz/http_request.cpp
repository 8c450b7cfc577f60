#include "tests/fuzz/require.hpp"

#include "transport/address/forwarded_for.hpp"
#include "transport/client_query.hpp"
#include "transport/protocol/json_members.hpp"
#include "transport/upgrade.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdint>

using namespace herald;
using namespace herald::transport;

namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t most_bytes = 8 * 1024;

upgrade_rules some_rules() {
  upgrade_rules result;
  result.max_headers = 16;
  allowed_origins::parse("https://a.example.com,https://*.example.org", allowed_origins::otherwise::none, result.origins);
  return result;
}

void check(const upgrade_request& from) {
  static const auto rules = some_rules();
  static const std::vector<ip_network> trusted{*ip_network::parse("10.0.0.0/8"), *ip_network::parse("::1")};
  const auto client = client_behind(*ip_address::parse("10.0.0.1"), values_of(from, "X-Forwarded-For"), trusted);
  fuzz::require(ip_address::parse(client.to_string()) == client, "a client's address can be written and read");
  upgrade_terms terms;
  if (const auto refusal = check_upgrade(from, rules, terms)) {
    fuzz::require(refusal->status >= 400 && refusal->status < 600, "a refusal is an error");
    fuzz::require(std::holds_alternative<json::children>(json::read(refusal->body)), "a refusal is JSON");
    return;
  }
  fuzz::require(!terms.bad_origin && !terms.many_headers, "what passes is within the limits");
  read_client_query(terms.query, 10);
}

}  // namespace

/// What a client sends to the public port before it has a WebSocket.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(most_bytes);
  parser.body_limit(boost::none);
  boost::beast::error_code error;
  const auto* next = data;
  while (!parser.is_header_done() && size > 0) {
    const auto count = parser.put(boost::asio::buffer(next, size), error);
    if (error || count == 0) return 0;
    next += count;
    size -= count;
  }
  if (parser.is_header_done()) check(parser.release());
  return 0;
}
