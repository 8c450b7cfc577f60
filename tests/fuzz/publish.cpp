#include "tests/fuzz/require.hpp"

#include "transport/protocol/json_members.hpp"
#include "transport/protocol/publication_json.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using namespace herald;
using namespace herald::transport;

namespace {

void check_member(const json::value& value) {
  const auto text = "[" + std::string{value.raw} + "]";  // which what is read refers to
  auto alone = json::read(text);
  fuzz::require(std::holds_alternative<json::children>(alone), "a member is a JSON value");
  const auto& in = std::get<json::children>(alone);
  fuzz::require(in.members.size() == 1 && in.members[0].what.what == value.what && in.members[0].what.raw == value.raw,
                "a member is one value, of the kind that was said, from its first byte to its last");
  if (value.what == json::kind::string) json::text_of(value);
  if (value.what == json::kind::number) json::integer_of(value);
}

void check_publish(const json::children& in) {
  auto asked = read_publish(in, 64 * 1024);
  if (auto* why = std::get_if<failure>(&asked)) {
    std::string message = "[";
    json::append_string(message, why->message);
    message += ']';
    fuzz::require(std::holds_alternative<json::children>(json::read(message)), "an error is good UTF-8");
    return;
  }
  for (const auto& what : std::get<publish_request>(asked).publications) {
    fuzz::require(channel::parse(what.to.name()) == what.to, "a publication goes to a channel");
    fuzz::require(is_valid_id(what.id), "an id is valid");
    fuzz::require(!what.data.empty() && what.data.size() <= 64 * 1024, "a body is within its limit");
  }
}

}  // namespace

/// What services send to the publish API.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto read = json::read({reinterpret_cast<const char*>(data), size});
  if (auto* in = std::get_if<json::children>(&read)) {
    for (const auto& member : in->members) check_member(member.what);
    check_publish(*in);
  }
  return 0;
}
