#include "actors/actor_row.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace std::chrono_literals;

TEST_SUITE("actor_row") {

TEST_CASE("nothing is wrong with one that does little") {
  CHECK(blame_of({}) == blame::none);
  actor_row row;
  row.session.emplace();
  row.session->link.outbox_bytes = 100'000;
  row.mailbox = 99;
  row.recent_busy = 5s;
  row.recent_handling = 9ms;
  CHECK(blame_of(row) == blame::none);
}

TEST_CASE("a client that takes no more is to blame, whatever waits for its session") {
  actor_row row;
  row.session.emplace();
  row.mailbox = 1'000;
  row.recent_handling = row.recent_busy = 1s;
  SUBCASE("its socket") { row.session->link.is_stalled = true; }
  SUBCASE("it left the live stream") { row.session->is_slow = true; }
  CHECK(blame_of(row) == blame::socket);
}

TEST_CASE("a slow handler is to blame, whatever waits for it") {
  actor_row row;
  row.recent_handling = 20ms;
  row.recent_busy = 60ms;
  row.mailbox = 1'000;
  CHECK(blame_of(row) == blame::handler);
}

TEST_CASE("one that was only interrupted once is not to blame") {
  actor_row row;
  row.recent_handling = row.recent_busy = 40ms;
  CHECK(blame_of(row) == blame::none);
}

TEST_CASE("much that waits for a quick one is its mailbox") {
  actor_row row;
  row.mailbox = 100;
  CHECK(blame_of(row) == blame::mailbox);
}

}
