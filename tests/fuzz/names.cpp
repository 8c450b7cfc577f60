#include "tests/fuzz/require.hpp"

#include "actors/channel.hpp"
#include "actors/cursor.hpp"
#include "transport/client_query.hpp"

#include <cstdint>
#include <string_view>

using namespace herald;

namespace {

/// A connection that ends says so to its link; here there is none.
void check_query(std::string_view text) {
  auto read = transport::read_client_query(text, 10);
  if (auto* who = std::get_if<std::shared_ptr<hello>>(&read)) {
    fuzz::require(is_valid_user_id((*who)->user), "a user's id is valid");
    fuzz::require((*who)->groups.size() <= 10, "groups are bounded");
    for (const auto& group : (*who)->groups) fuzz::require(channel::parse(group.name()) == group, "a group is a channel");
  }
}

}  // namespace

/// Names of Redis channels, cursors, and the query with which a client connects.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto name = channel::parse(text)) {
    fuzz::require(name->name() == text, "a channel keeps its name");
    fuzz::require((name->kind() == channel_kind::user) == is_valid_user_id(text), "only a valid user id is a user's channel");
  }
  if (auto position = parse_cursor(text)) fuzz::require(parse_cursor(to_string(*position)) == position, "a cursor can be written and read");
  check_query(text);
  return 0;
}
