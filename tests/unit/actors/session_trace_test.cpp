#include "actors/session.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;

namespace {

constexpr std::uint64_t era = std::uint64_t{1} << 40;

channel_status live(channel name, std::uint64_t offset) { return {std::move(name), true, cursor{era, offset, 0}}; }

/// A run of one notification, `id-N` at offset N, that is traced.
deliver traced(std::uint64_t offset, bool durable = true) {
  notification item;
  item.id = "id-" + std::to_string(offset);
  if (durable) item.position = cursor{era, offset, 0};
  item.data = std::to_string(offset);
  item.trace = make_trace(true, "");
  return {caf::make_counted<const batch>(channel::user("42"), std::vector{item})};
}

/// A session of user 42 whose router and bridge are the test's.
struct fixture {
  world w;
  notes router_heard;
  user_router_actor router = w.spawn<fake_router>(router_heard);
  recording_link_ptr phone = make_link();
  session_actor who;

  void start(std::string device = {}, bool attach = true) {
    auto hello = std::make_shared<herald::hello>();
    hello->session_id = "s1";
    hello->user = "42";
    hello->device = device;
    hello->out = phone;
    who = w.spawn<session>(hello, router, w.bridge(), w.rules());
    w.run();
    if (!attach) return;
    w.tell(who, attached{{live(channel::user("42"), 7), live(channel::broadcast(), 1)}});
    phone->take();
  }

  /// `waiting`, or `dropped slow`, of the only session.
  std::string word(std::uint64_t offset) {
    const auto found = w.home().traces().find("id-" + std::to_string(offset));
    if (found.records.size() != 1 || found.records[0].rows.size() != 1) return "nothing";
    const auto& row = found.records[0].rows[0];
    CHECK(row.session == "s1");
    CHECK(row.user == "42");
    return std::string{to_string(row.word)} + (row.why.empty() ? "" : ' ' + std::string{row.why});
  }
};

}  // namespace

TEST_SUITE("session's trace") {

TEST_CASE_FIXTURE(fixture, "what is handed to the link waits there until it is written") {
  start();
  w.tell(who, traced(8));
  CHECK(word(8) == "waiting");
}

TEST_CASE_FIXTURE(fixture, "a notification that nobody traces leaves nothing behind") {
  start();
  w.tell(who, run_of(channel::user("42"), 8, {"a"}));
  CHECK(w.home().traces().find("id-a").records.empty());
}

TEST_CASE_FIXTURE(fixture, "a slow client's is left to the log, read from there, and then handed over") {
  start();
  phone->full = true;
  w.tell(who, traced(8));
  CHECK(word(8) == "catching_up slow");
  w.tell(who, traced(9));
  CHECK(word(9) == "catching_up slow");
  w.tell(who, traced(10, false));
  CHECK(word(10) == "dropped slow");
  phone->make_room();
  w.run();
  auto page = traced(8).run;
  w.backplane().answer_read({page, {}, {era, 9, 0}, true});
  w.run();
  CHECK(word(8) == "waiting slow");
  CHECK(word(9) == "dropped expired");  // the log had it no more
}

TEST_CASE_FIXTURE(fixture, "what the client has acknowledged as its device") {
  start("phone");
  w.backplane().positions_due.front().deliver(positions{{{"user", cursor{era, 7, 0}}, {"broadcast", cursor{era, 1, 0}}}});
  w.backplane().positions_due.pop_front();
  w.run();
  while (!w.backplane().pages_due.empty()) {
    const bool of_user = w.backplane().take_reads().starts_with("42");
    w.backplane().answer_read({nullptr, {}, {era, of_user ? 7u : 1u, 0}, true});
    w.run();
  }
  w.tell(who, traced(8));
  phone->ask(command::ack{"user", cursor{era, 8, 0}});
  w.run();
  CHECK(word(8) == "waiting");
  w.backplane().keeps_due.front().deliver(position_kept{});
  w.backplane().keeps_due.pop_front();
  w.run();
  CHECK(word(8) == "acknowledged");
}

TEST_CASE_FIXTURE(fixture, "what comes before the welcome is kept for it") {
  start({}, false);
  w.tell(who, traced(8));
  CHECK(word(8) == "opening");
  w.tell(who, attached{{live(channel::user("42"), 7), live(channel::broadcast(), 1)}});
  CHECK(word(8) == "waiting");
}

TEST_CASE_FIXTURE(fixture, "a connection that ends loses what was not written, and says why") {
  start();
  w.tell(who, traced(8));
  phone->full = true;
  w.tell(who, traced(9));
  phone->finish_close(close_reason::silent);
  w.run();
  CHECK(word(8) == "dropped silent");
  CHECK(word(9) == "dropped silent");
}

TEST_CASE_FIXTURE(fixture, "a session that is closing is given nothing more") {
  start();
  phone->slow_to_close = true;
  w.tell(who, close_session{close_reason::drain, {}});
  w.tell(who, traced(8));
  CHECK(word(8) == "dropped closing");
}

}
