#include "backplane/redis/incoming.hpp"

#include "backplane/redis/envelope.hpp"
#include "backplane/redis/json_text.hpp"

#include <utility>

namespace herald::backplane {
namespace {

using result = std::variant<notification, refusal>;

constexpr refusal too_large{drop_reason::too_large, "larger than the limit"};

result read_enveloped(std::string_view payload, std::size_t max_bytes, std::int64_t now_ms) {
  auto what = parse_envelope(payload);
  if (!what) return refusal{drop_reason::bad_json, "a malformed herald1 header"};
  if (what->body.size() > max_bytes) return too_large;
  if (what->expires_ms != 0 && what->expires_ms <= now_ms) return refusal{drop_reason::expired, "its ttl has passed"};
  return notification{what->position, std::move(what->id), what->time_ms, std::string{what->body}};
}

}  // namespace

result read_message(std::string_view payload, std::size_t max_bytes, std::int64_t now_ms) {
  if (is_enveloped(payload)) return read_enveloped(payload, max_bytes, now_ms);
  if (payload.size() > max_bytes) return too_large;
  if (!is_json(payload)) return refusal{drop_reason::bad_json, "not valid JSON"};
  return notification{std::nullopt, {}, now_ms, std::string{payload}};
}

}  // namespace herald::backplane
