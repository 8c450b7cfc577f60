#include <doctest/doctest.h>

#include "tests/contract/support/backplanes.hpp"

#include <fstream>
#include <sstream>

using namespace herald;
using namespace herald::contract;

/// A user that may do what docs/redis.md says, and nothing else.
TEST_SUITE_BEGIN("redis access");

namespace {

const auto alice = channel::user("alice");

/// The command that is written down, word by word.
std::vector<std::string> documented() {
  std::ifstream file{HERALD_SOURCE_ROOT "/docs/redis.md"};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("ACL SETUSER herald ")) continue;
    std::istringstream words{line};
    return {std::istream_iterator<std::string>{words}, {}};
  }
  FAIL("docs/redis.md does not say which rights are needed");
  return {};
}

backplane::redis_options limited(backplane::redis_options options) {
  options.user = "herald";
  options.password = "secret";
  return options;
}

/// What a node asks of Redis for sessions and publishers.
void use_all(const backplane::redis_options& options) {
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  accepted(one.publish(to_user("alice", "1", "kept")));
  accepted(one.publish({alice, "2", "live", false, std::nullopt}));
  REQUIRE(directory.heard->items(2).size() == 2);
  caf::scoped_actor self{actors()};
  const auto failed = [](const caf::error& why) { FAIL(caf::to_string(why)); };
  self->request(one.bridge(), std::chrono::seconds{5}, read_log{alice, cursor{}, max_page_bytes})
    .receive([](const log_page& page) { REQUIRE(page.run); CHECK(page.run->items().size() == 1); }, failed);
  const auto position = directory.heard->items(1)[0].what.position;
  REQUIRE(position);
  self->request(one.bridge(), std::chrono::seconds{5}, keep_position{"alice", "phone", "user", *position})
    .receive([](const position_kept&) {}, failed);
  self->request(one.bridge(), std::chrono::seconds{5}, find_positions{"alice", "phone"})
    .receive([](const positions& what) { CHECK(what.found.size() == 1); }, failed);
  CHECK_FALSE(one.spread({order::kind::kick, "alice", unix_ms(), unix_ms() / 1000 + 60}).why_not);
  one.unsubscribe(directory, alice);
  CHECK(eventually([&] { return one.status().canary_us.get() > 0 && one.status().subscriptions.get() == 0; }));
}

}  // namespace

TEST_CASE_TEMPLATE("the rights that are written down suffice, and none is missed", Kind, redis_channel, redis_pattern) {
  Kind kind;
  kind.server.command(documented());
  auto options = limited(kind.options());
  options.db = 3;
  use_all(options);
  CHECK(kind.server.command({"ACL", "LOG"}) == "");
}

TEST_CASE_TEMPLATE("they suffice in a Cluster", Kind, cluster_channel, cluster_sharded) {
  Kind kind;
  for (auto& server : kind.cluster().servers()) {
    server->command({"ACL", "LOG", "RESET"});
    server->command(documented());
  }
  use_all(limited(kind.options()));
  for (auto& server : kind.cluster().servers()) {
    CHECK(server->command({"ACL", "LOG"}) == "");
    server->command({"ACL", "DELUSER", "herald"});
  }
}

TEST_CASE("another prefix's channels are out of their reach") {
  redis_channel kind;
  kind.server.command(documented());
  auto options = limited(kind.options());
  options.prefix = "other:";
  node one{redis_node(options)};
  CHECK(refused(one.wait_until_there() ? one.publish(to_user("alice", "1", "a")) : published{}).code == errc::unavailable);
  CHECK(kind.server.command({"ACL", "LOG"}).find("other:alice") != std::string::npos);
}

TEST_SUITE_END();
