#include "tests/fuzz/require.hpp"

#include "actors/channel.hpp"
#include "actors/trace.hpp"
#include "backplane/redis/envelope.hpp"
#include "backplane/redis/json_text.hpp"

#include <cstdint>
#include <string_view>

using namespace herald;

/// What comes through Redis Pub/Sub.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload{reinterpret_cast<const char*>(data), size};
  if (auto read = backplane::parse_envelope(payload)) {
    fuzz::require(backplane::is_enveloped(payload), "what can be read claims to be an envelope");
    fuzz::require(!read->body.empty() && payload.ends_with(read->body), "the body is the end of the payload");
    fuzz::require(read->id.find_first_of("\"\\\n ") == std::string::npos, "an id needs no escaping");
    fuzz::require(read->traceparent.empty() || read_traceparent(read->traceparent) == read->traceparent, "a traceparent is one");
    fuzz::require(!read->position || read->position->offset > 0, "offsets begin with 1");
  }
  backplane::plain_marks marks;
  fuzz::require(backplane::is_json(payload) == backplane::is_json(payload, marks), "marks make no JSON of what is none");
  fuzz::require(marks.id.empty() || is_valid_id(marks.id), "what it is to be traced by is an id");
  if (backplane::is_json(payload)) {
    fuzz::require(!backplane::is_enveloped(payload), "no JSON can be taken for an envelope");
    fuzz::require(payload.find('\0') == std::string_view::npos, "no JSON holds a zero byte");
  }
  return 0;
}
