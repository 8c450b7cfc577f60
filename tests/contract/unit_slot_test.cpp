#include <doctest/doctest.h>

#include "backplane/redis/slot_map.hpp"

using namespace herald::backplane;

TEST_SUITE_BEGIN("slot");

TEST_CASE("a key's slot is the one that Redis says") {
  CHECK(slot_of("123456789") == 0x31c3);  // the specification's own example
  CHECK(slot_of("") == 0);
  CHECK(slot_of("foo") == 12182);
  CHECK(slot_of("notification:{42}") == slot_of("42"));
  CHECK(slot_of("herald:log:{notification:alice}") == slot_of("herald:once:{notification:alice}:x{y}"));
  CHECK(slot_of("foo{}{bar}") == 8363);  // an empty tag is none
  CHECK(slot_of("foo{{bar}}zap") == slot_of("{bar"));
  CHECK(slot_of("foo{bar") == slot_of("foo{bar"));
  CHECK(slot_of("h\xC3\xA9llo") != slot_of("hello"));
}

TEST_CASE("a redirection says where to") {
  const redis_options::address from{"10.0.0.1", "6379"};
  auto moved = redirection::read("MOVED 3999 127.0.0.1:6381", from);
  REQUIRE(moved);
  CHECK_FALSE(moved->ask);
  CHECK(moved->slot == 3999);
  CHECK(moved->to == redis_options::address{"127.0.0.1", "6381"});
  auto ask = redirection::read("ASK 16383 ::1:7", from);
  REQUIRE(ask);
  CHECK(ask->ask);
  CHECK(ask->to == redis_options::address{"::1", "7"});
  CHECK(redirection::read("MOVED 1 :7000", from)->to == redis_options::address{"10.0.0.1", "7000"});
  for (const char* other : {"MOVED", "MOVED x a:1", "MOVED 16384 a:1", "MOVED 1 a", "MOVED 1 a:", "CLUSTERDOWN The cluster is down", ""})
    CHECK_FALSE(redirection::read(other, from));
}

TEST_CASE("owners change one by one") {
  slot_map map;
  CHECK(map.owner(7) == nullptr);
  CHECK_FALSE(map.is_whole());
  map.assign(7, {"a", "1"});
  map.assign(8, {"b", "1"});
  CHECK(map.owner(7)->host == "a");
  map.assign(7, {"b", "1"});
  CHECK(map.owner(7)->host == "b");
  CHECK(map.masters() == std::vector<redis_options::address>{{"b", "1"}});
  for (std::size_t slot = 0; slot < slot_count; ++slot) map.assign(static_cast<std::uint16_t>(slot), {"c", "1"});
  CHECK(map.is_whole());
}

TEST_SUITE_END();
