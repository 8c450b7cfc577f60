#pragma once

#include "transport/http/message.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace herald::transport {

/// A response as Beast writes it.
inline boost::beast::http::response<boost::beast::http::string_body> to_beast(http_response from, unsigned version,
                                                                              bool keep_alive) {
  namespace http = boost::beast::http;
  http::response<http::string_body> result{static_cast<http::status>(from.status), version, std::move(from.body)};
  result.set(http::field::server, "herald");
  result.set(http::field::content_type, from.content_type);
  for (const auto& [name, value] : from.headers) result.set(name, value);
  result.keep_alive(keep_alive);
  result.prepare_payload();
  return result;
}

}  // namespace herald::transport
