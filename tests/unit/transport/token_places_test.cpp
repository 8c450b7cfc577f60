#include "transport/auth/token_places.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::transport;

namespace {

/// The token, or the field at fault.
std::string found(const std::vector<std::string_view>& authorization, std::string_view query,
                  const std::vector<std::string_view>& subprotocols = {}) {
  const auto result = find_token(authorization, query, subprotocols);
  if (const auto* why = std::get_if<failure>(&result)) return "failed: " + why->field;
  return std::get<std::string>(result);
}

}  // namespace

TEST_SUITE("token_places") {

TEST_CASE("a token is found wherever a client can put it") {
  CHECK(found({"Bearer a.b.c"}, "") == "a.b.c");
  CHECK(found({"bearer   a.b.c "}, "") == "a.b.c");
  CHECK(found({}, "user=alice&token=a.b.c") == "a.b.c");
  CHECK(found({}, "", {"herald.v1", "herald.token.a.b.c"}) == "a.b.c");
  CHECK(found({}, "user=alice", {"herald.v1"}).empty());
}

TEST_CASE("the same token in several places is one; different ones are refused") {
  CHECK(found({"Bearer a.b.c"}, "token=a.b.c", {"herald.token.a.b.c"}) == "a.b.c");
  CHECK(found({"Bearer a.b.c"}, "token=a.b.d") == "failed: token");
  CHECK(found({}, "token=a.b.c&token=a.b.d") == "failed: token");
  CHECK(found({}, "token=a", {"herald.token.b"}) == "failed: token");
  CHECK(found({"Bearer a", "Bearer b"}, "") == "failed: token");
}

TEST_CASE("what is for somebody else is left alone, and what is empty is no token") {
  CHECK(found({"Basic YTpi"}, "").empty());
  CHECK(found({"Bearerless a"}, "").empty());
  CHECK(found({"Bearer"}, "").empty());
  CHECK(found({"Bearer "}, "").empty());
  CHECK(found({}, "%zz") == "failed: ");
}

}
