#include "actors/cursor.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace herald;

TEST_SUITE("cursor") {

TEST_CASE("what is written is read back") {
  constexpr auto max64 = std::numeric_limits<std::uint64_t>::max();
  for (const cursor& x : {cursor{0, 0, 0}, cursor{1, 2, 3}, cursor{max64, max64, 0xffffffffu}}) CHECK(parse_cursor(to_string(x)) == x);
  CHECK(to_string(cursor{0xabc, 17, 0xf}) == "abc.17.f");
}

TEST_CASE("anything else is no cursor") {
  for (auto* text : {"", ".", "..", "1.2", "1.2.", ".2.3", "1..3", "1.2.3.", "1.2.3.4", " 1.2.3", "1.2.3 ", "-1.2.3", "1.-2.3", "+1.2.3",
                     "0x1.2.3", "1.a.3", "g.2.3", "1.2.g", "10000000000000000.1.1", "1.18446744073709551616.1", "1.1.100000000",
                     "1,2,3"})
    CHECK_MESSAGE(!parse_cursor(text), text);
}

TEST_CASE("an epoch in Redis has 16 digits") {
  CHECK(epoch_to_hex(0) == "0000000000000000");
  CHECK(epoch_to_hex(0xabc) == "0000000000000abc");
  CHECK(epoch_to_hex(std::numeric_limits<std::uint64_t>::max()) == "ffffffffffffffff");
}

TEST_CASE("the tag is FNV-1a, so that every version and every node gives the same") {
  // Vectors from the algorithm's authors (draft-eastlake-fnv, appendix C).
  CHECK(tag_of("") == 0x811c9dc5u);
  CHECK(tag_of("a") == 0xe40c292cu);
  CHECK(tag_of("foobar") == 0xbf9cf968u);
}

}
