#include <doctest/doctest.h>

#include "backplane/run_collector.hpp"
#include "tests/contract/support/node.hpp"

using namespace herald;
using namespace herald::backplane;
using namespace herald::contract;

/// Who is subscribed, and how what comes together is joined. The directories run on a thread of their own: what they hear is waited for.
TEST_SUITE_BEGIN("feeds");

namespace {

const auto alice = channel::user("alice");
const auto bob = channel::user("bob");

notification message(std::string data, std::optional<cursor> at = std::nullopt) { return {at, "id", 0, std::move(data)}; }

/// Directories that nobody publishes to but the test.
struct listeners {
  thread_home home{actors(), 0};
  std::shared_ptr<ear> heard = std::make_shared<ear>();
  std::shared_ptr<ear> heard_too = std::make_shared<ear>();
  directory_actor first = spawn_on<hearing_directory>(home, bridge_actor{}, heard);
  directory_actor second = spawn_on<hearing_directory>(home, bridge_actor{}, heard_too);

  listeners() {
    heard->hold();
    heard_too->hold();
  }
  ~listeners() {
    caf::scoped_actor self{actors()};
    self->send_exit(first, caf::exit_reason::user_shutdown);
    self->send_exit(second, caf::exit_reason::user_shutdown);
    self->wait_for(first, second);
  }
};

}  // namespace

TEST_CASE("a feed has each directory once, and ends with the last") {
  listeners with;
  feed_table feeds;
  auto& to = feeds.add({alice, with.first});
  CHECK(&feeds.add({alice, with.first}) == &to);
  feeds.add({alice, with.second});
  feeds.add({bob, with.first});
  CHECK(to.directories.size() == 2);
  CHECK(feeds.meet(with.first));
  CHECK_FALSE(feeds.meet(with.first));
  CHECK_FALSE(feeds.remove({alice, with.second}));
  CHECK(feeds.remove({alice, with.first}));
  CHECK(feeds.find("alice") == nullptr);
  CHECK(feeds.names() == std::vector<std::string>{"bob"});
}

TEST_CASE("a directory that died is taken out everywhere") {
  listeners with;
  feed_table feeds;
  feeds.add({alice, with.first});
  feeds.add({alice, with.second});
  feeds.add({bob, with.first});
  feeds.meet(with.first);
  CHECK(feeds.remove_all(with.first.address()) == std::vector<std::string>{"bob"});
  REQUIRE(feeds.find("alice") != nullptr);
  CHECK(feeds.find("alice")->directories == std::vector<directory_actor>{with.second});
  CHECK(feeds.find("bob") == nullptr);
  CHECK(feeds.meet(with.first));
  CHECK(feeds.remove({alice, with.second}));
  CHECK_FALSE(feeds.remove({alice, with.second}));
}

TEST_CASE("what comes together is one run a channel, in order, and the position is the last one's") {
  listeners with;
  feed_table feeds;
  bridge_status status;
  ingress counted{1 << 20, status};
  trace_ring traces;
  run_collector runs{counted, traces};
  auto& to_alice = feeds.add({alice, with.first});
  feeds.add({alice, with.second});
  auto& to_bob = feeds.add({bob, with.first});
  runs.add(to_alice, message("1", cursor{1, 1, 0}));
  runs.add(to_bob, message("2"));
  runs.add(to_alice, message("3", cursor{1, 2, 0}));
  runs.add(to_alice, message("4"));
  runs.flush();
  runs.flush();
  CHECK(with.heard->items(4).size() == 4);
  CHECK(with.heard_too->items(3).size() == 3);
  CHECK(with.heard->data_of("alice") == std::vector<std::string>{"1", "3", "4"});
  CHECK(with.heard->largest_run() == 3);
  CHECK(to_alice.position == cursor{1, 2, 0});
  CHECK_FALSE(to_bob.position);
  CHECK(status.ingress_bytes.get() == 7);
}

TEST_CASE("a run is bounded in items and in bytes, and a large notification has one of its own") {
  listeners with;
  feed_table feeds;
  bridge_status status;
  ingress counted{1 << 24, status};
  trace_ring traces;
  run_collector runs{counted, traces};
  auto& to = feeds.add({alice, with.first});
  for (std::size_t i = 0; i < max_run_items * 2 + 1; ++i) runs.add(to, message("1"));
  runs.flush();
  with.heard->items(max_run_items * 2 + 1);
  CHECK(with.heard->largest_run() == max_run_items);
  for (int i = 0; i < 5; ++i) runs.add(to, message(std::string(max_run_bytes / 2, 'x')));
  runs.add(to, message(std::string(max_run_bytes * 3, 'y')));
  runs.flush();
  CHECK(with.heard->items(max_run_items * 2 + 7).size() == max_run_items * 2 + 7);
  CHECK(with.heard->largest_run_bytes() == max_run_bytes);
}

TEST_CASE("what is cleared is not sent") {
  listeners with;
  feed_table feeds;
  bridge_status status;
  ingress counted{1 << 20, status};
  trace_ring traces;
  run_collector runs{counted, traces};
  auto& to = feeds.add({alice, with.first});
  runs.add(to, message("1"));
  runs.clear();
  runs.add(to, message("2"));
  runs.flush();
  with.heard->items(1);
  CHECK(with.heard->data_of("alice") == std::vector<std::string>{"2"});
}

TEST_SUITE_END();
