#include "backplane/redis/incoming.hpp"

#include "backplane/redis/envelope.hpp"
#include "backplane/redis/json_text.hpp"

#include <utility>

namespace herald::backplane {
namespace {

using result = std::variant<notification, refusal>;

constexpr std::string_view too_large = "larger than the limit";

result read_enveloped(std::string_view payload, std::size_t max_bytes, std::int64_t now_ms) {
  auto what = parse_envelope(payload);
  if (!what) return refusal{drop_reason::bad_json, "a malformed herald1 header"};
  notification made{what->position, std::move(what->id), what->time_ms, {}, make_trace(what->is_traced, std::move(what->traceparent))};
  if (what->body.size() > max_bytes) return refusal{drop_reason::too_large, too_large, std::move(made)};
  if (what->expires_ms != 0 && what->expires_ms <= now_ms) return refusal{drop_reason::expired, "its ttl has passed", std::move(made)};
  made.data = what->body;
  return made;
}

/// What a plain PUBLISH is traced by that says no id: each node makes the same of it.
std::string name_of(std::string_view payload) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::uint64_t hash = 0xcbf29ce484222325;  // 64-bit FNV-1a
  for (const unsigned char c : payload) hash = (hash ^ c) * 0x100000001b3;
  std::string name = "plain-";
  for (int shift = 60; shift >= 0; shift -= 4) name += digits[hash >> shift & 15];
  return name;
}

trace_ptr trace_of(plain_marks marks, std::string_view payload) {
  if (marks.is_traced && marks.id.empty()) marks.id = name_of(payload);
  return make_trace(marks.is_traced, std::move(marks.traceparent), std::move(marks.id));
}

}  // namespace

result read_message(std::string_view payload, std::size_t max_bytes, std::int64_t now_ms) {
  if (is_enveloped(payload)) return read_enveloped(payload, max_bytes, now_ms);
  if (payload.size() > max_bytes) return refusal{drop_reason::too_large, too_large};
  plain_marks marks;
  if (!is_json(payload, marks)) return refusal{drop_reason::bad_json, "not valid JSON"};
  return notification{std::nullopt, {}, now_ms, std::string{payload}, trace_of(std::move(marks), payload)};
}

}  // namespace herald::backplane
