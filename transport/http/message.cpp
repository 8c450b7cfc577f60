#include "transport/http/message.hpp"

#include "transport/protocol/json_members.hpp"

#include <algorithm>

namespace herald::transport {
namespace {

unsigned status_of(errc code) noexcept {
  switch (code) {
    case errc::too_large: return 413;
    case errc::rate_limited: return 429;
    case errc::unavailable: return 503;
    case errc::internal: return 500;
    default: return 400;
  }
}

}  // namespace

void append_error(std::string& out, std::string_view code, std::string_view message, std::string_view field) {
  out.append(R"({"code":")").append(code).append(R"(","message":)");
  json::append_string(out, message);
  if (!field.empty()) {
    out.append(R"(,"field":)");
    json::append_string(out, field);
  }
  out += '}';
}

http_response error_response(unsigned status, std::string_view code, std::string_view message,
                             std::string_view field) {
  http_response result{status, R"({"error":)"};
  append_error(result.body, code, message, field);
  result.body += "}\n";
  if (status == 503) result.headers.emplace_back("Retry-After", "1");
  return result;
}

http_response limit_response(unsigned status, std::string_view code, std::string_view message, std::chrono::nanoseconds wait) {
  auto result = error_response(status, code, message);
  const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
  result.headers = {{"Retry-After", std::to_string(seconds)}};
  return result;
}

http_response error_response(const failure& why) {
  return error_response(status_of(why.code), to_string(why.code), why.message, why.field);
}

}  // namespace herald::transport
