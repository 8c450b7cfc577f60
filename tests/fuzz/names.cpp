#include "tests/fuzz/require.hpp"

#include "actors/channel.hpp"
#include "actors/cursor.hpp"
#include "actors/trace.hpp"
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

/// What it goes on as must be one again, and need no escaping.
void check_traceparent(std::string_view text) {
  const auto read = read_traceparent(text);
  if (!read) return;
  fuzz::require(read->size() == 55 && read->starts_with("00-"), "a traceparent goes on as one of version 00");
  fuzz::require(read->find_first_not_of("0123456789abcdef-") == std::string::npos, "a traceparent is digits and dashes");
  fuzz::require(read_traceparent(*read) == read, "a traceparent can be read again");
  fuzz::require(trace_id_of(*read).size() == 32, "a traceparent has a trace id");
}

}  // namespace

/// Names of Redis channels, cursors, traceparents, and the query with which a client connects.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto name = channel::parse(text)) {
    fuzz::require(name->name() == text, "a channel keeps its name");
    fuzz::require((name->kind() == channel_kind::user) == is_valid_user_id(text), "only a valid user id is a user's channel");
  }
  if (auto position = parse_cursor(text)) fuzz::require(parse_cursor(to_string(*position)) == position, "a cursor can be written and read");
  check_traceparent(text);
  check_query(text);
  return 0;
}
