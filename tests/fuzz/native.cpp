#include "tests/fuzz/require.hpp"

#include "transport/protocol/codec.hpp"
#include "transport/protocol/json_members.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using namespace herald;
using namespace herald::transport;

namespace {

bool is_json(const std::string& value) {
  return std::holds_alternative<json::children>(json::read("[" + value + "]"));
}

void check(const client_command& got) {
  if (!got.ref.empty()) fuzz::require(is_json(got.ref), "a reference is a JSON value, and can be repeated");
  if (auto* bad = std::get_if<command::malformed>(&got.what)) {
    auto answer = native_codec().encode(client_event{event::refused{bad->why}, got.ref});
    fuzz::require(answer && is_json(*answer), "an error is JSON in good UTF-8");
  } else if (auto* asked = std::get_if<command::publish>(&got.what)) {
    fuzz::require(is_json(asked->data), "a body is a JSON value");
    fuzz::require(is_valid_id(asked->id), "an id is valid");
    std::string out;
    native_codec().encode(asked->to, {cursor{1, 2, 3}, asked->id, 0, asked->data}, out);
    fuzz::require(std::holds_alternative<json::children>(json::read(out)), "a notification is JSON");
  } else if (auto* joined = std::get_if<command::subscribe>(&got.what)) {
    fuzz::require(is_valid_id(joined->group), "a group is valid");
  }
}

}  // namespace

/// What clients send over a WebSocket.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(native_codec().decode({reinterpret_cast<const char*>(data), size}));
  return 0;
}
