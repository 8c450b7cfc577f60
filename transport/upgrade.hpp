#pragma once

#include "transport/address/allowed_origins.hpp"
#include "transport/http/message.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace herald::transport {

using upgrade_request = boost::beast::http::request<boost::beast::http::empty_body>;

/// What the settings say about requests on the public port.
struct upgrade_rules {
  std::size_t max_headers = 64;
  allowed_origins origins;
};

/// What a request's head says that does not depend on who it is from.
struct upgrade_terms {
  std::string_view query;       ///< As it was sent; within the request.
  bool names_protocol = false;  ///< The client offered `herald.v1`, so the answer names it.
  bool bad_origin = false;      ///< For the metrics: which limit it was.
  bool many_headers = false;
};

/// Fills in the terms, or says what is wrong with the request, as the answer to it. Pure.
std::optional<http_response> check_upgrade(const upgrade_request& from, const upgrade_rules& rules, upgrade_terms& into);

/// The values of a header that may stand there several times, in their order; within the request.
std::vector<std::string_view> values_of(const upgrade_request& from, std::string_view header);

/// The names in `Sec-WebSocket-Protocol`; within the request.
std::vector<std::string_view> offered_protocols(const upgrade_request& from);

}  // namespace herald::transport
