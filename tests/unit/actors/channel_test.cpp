#include "actors/channel.hpp"

#include <doctest/doctest.h>

using namespace herald;

TEST_SUITE("channel") {

TEST_CASE("a name in Redis and a channel stand for each other") {
  for (auto* name : {"42", "alice@example.org", "a/b|c~d", "group:g1", "group:broadcast", "group:group:x", "broadcast", "Broadcast"}) {
    auto parsed = channel::parse(name);
    REQUIRE_MESSAGE(parsed, name);
    CHECK(parsed->name() == name);
  }
  CHECK(channel::parse("42") == channel::user("42"));
  CHECK(channel::parse("group:g1") == channel::group("g1"));
  CHECK(channel::parse("broadcast") == channel::broadcast());
  CHECK(channel::parse("group:broadcast")->kind() == channel_kind::group);
}

TEST_CASE("a name that is no valid id is no channel") {
  for (auto* name : {"", "group:", "a b", "{42}", "a\nb", "ümlaut", "a\"b", "*", "group:{g}"}) CHECK_FALSE(channel::parse(name));
  CHECK_FALSE(channel::parse(std::string_view{"a\0b", 3}));
  CHECK_FALSE(channel::parse(std::string(129, 'x')));
  CHECK(channel::parse(std::string(128, 'x')));
  CHECK_FALSE(channel::parse("group:" + std::string(129, 'x')));
  CHECK(channel::parse("group:" + std::string(128, 'x')));
}

TEST_CASE("no user can be taken for a group or for everybody") {
  CHECK_FALSE(is_valid_user_id("broadcast"));
  CHECK_FALSE(is_valid_user_id("group:x"));
  CHECK_FALSE(is_valid_user_id("group:"));
  CHECK(is_valid_user_id("group"));
  CHECK(is_valid_user_id("groups:x"));
  CHECK(is_valid_id("broadcast"));
}

TEST_CASE("a bad id is explained, a good one is not") {
  CHECK(explain_bad_user_id("broadcast").find("'broadcast'") != std::string::npos);
  CHECK(explain_bad_user_id("group:x").find("'group:'") != std::string::npos);
  CHECK(explain_bad_user_id("a b").find("1-128 characters") != std::string::npos);
  CHECK(explain_bad_user_id("").find("required") != std::string::npos);
  CHECK(explain_bad_user_id("42").empty());
  CHECK(explain_bad_group_id("").find("required") != std::string::npos);
  CHECK(explain_bad_group_id("a b").find("1-128 characters") != std::string::npos);
  CHECK(explain_bad_group_id("group:x").empty());
}

TEST_CASE("a client sees its own channel as `user`") {
  CHECK(channel::user("42").client_name() == "user");
  CHECK(channel::user("42").id() == "42");
  CHECK(channel::group("g1").client_name() == "group:g1");
  CHECK(channel::group("g1").id() == "g1");
  CHECK(channel::broadcast().client_name() == "broadcast");
  CHECK(channel::broadcast().id().empty());
}

}
