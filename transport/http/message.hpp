#pragma once

#include "actors/errors.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP as handlers see it, so that only the server itself needs Beast.
namespace herald::transport {

struct http_request {
  std::string method;  ///< `GET`, `POST`, …; what came as HEAD is `GET` here.
  std::string path;    ///< Without the query.
  std::string query;   ///< As it was sent; empty if there is none.
  std::string body = {};
  bool is_certified = false;  ///< The client has shown a certificate that the port's `client_ca` has signed.
  std::string key = {};     ///< From `Authorization: Bearer KEY` or `X-API-Key: KEY`; empty without one. Secret.
  std::string peer = {};    ///< The other side's IP address.
  std::string traceparent = {};  ///< The header of that name, as it was sent.
  std::string caller = {};  ///< Whose key it is; the gate fills it in.
};

struct http_response {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Answers a request. Called once, from any thread.
using http_reply = std::function<void(http_response)>;

/// Takes a request, on the server's thread, and replies at once or later. Must not block.
using http_handler = std::function<void(http_request, http_reply)>;

/// Looks at a request before its body is read, and lets it pass (and may note who it is from) or answers it. On the server's
/// thread; must not block.
using http_gate = std::function<std::optional<http_response>(http_request& head)>;

/// What is wrong, as the body `{"error":{"code":…,"message":…,"field":…}}`; no `field` where none is at fault.
http_response error_response(unsigned status, std::string_view code, std::string_view message,
                             std::string_view field = {});

/// The same for what is over a limit, with `Retry-After` in whole seconds, at least one.
http_response limit_response(unsigned status, std::string_view code, std::string_view message, std::chrono::nanoseconds wait);

/// The same for what actors report: 400, 413, 429, 503 (with `Retry-After`) or 500.
http_response error_response(const failure& why);

/// Appends the object that stands behind `"error":`.
void append_error(std::string& out, std::string_view code, std::string_view message, std::string_view field);

}  // namespace herald::transport
