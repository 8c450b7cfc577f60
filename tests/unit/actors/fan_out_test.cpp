#include "actors/directory.hpp"

#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;

namespace {

const auto everybody = channel::broadcast();

/// A directory that goes over two routers in a slice, and some users.
struct fixture {
  world w;
  directory_actor who;
  std::vector<recording_link_ptr> clients;

  void start(std::size_t users, std::size_t slice = 2) {
    w.rules().fan_out_slice = slice;
    w.rules().forwarded_chunk_bytes = 1;  // each run that is passed on is said at once
    who = w.spawn<directory>(w.bridge(), w.rules());
    for (std::size_t i = 0; i < users; ++i) add_user();
    w.tell(who, channel_changed{{everybody, true, cursor{1, 3, 0}}});
    for (auto& client : clients) client->take();
  }

  recording_link_ptr add_user() {
    const auto name = "u" + std::to_string(clients.size());
    auto& client = clients.emplace_back(make_link());
    w.tell(who, connection(name, client));
    w.tell(who, channel_changed{{channel::user(name), true, {}}});
    return client;
  }

  std::size_t reached() const {
    std::size_t n = 0;
    for (auto& client : clients) n += client->take() == "run broadcast: x" ? 1 : 0;
    return n;
  }

  /// Sends a run, and stops as soon as the first client has it.
  void begin(const deliver& run) {
    const auto before = w.stats().delivered.get();
    caf::anon_send(who, run);
    while (w.stats().delivered.get() == before) REQUIRE(w.home().step());
  }
};

}  // namespace

TEST_SUITE("directory fan-out") {

TEST_CASE_FIXTURE(fixture, "a broadcast over many slices reaches everybody once") {
  start(7);
  w.tell(who, run_of(everybody, 4, {"x"}));
  CHECK(reached() == 7);
}

TEST_CASE_FIXTURE(fixture, "others get their turn between the slices of a broadcast") {
  start(40);
  caf::anon_send(who, run_of(everybody, 4, {"x"}));
  caf::anon_send(who, run_of(channel::user("u39"), 1, {"urgent"}));
  w.run();
  CHECK(clients[39]->take() == "run user: urgent; run broadcast: x");
}

TEST_CASE_FIXTURE(fixture, "runs of different channels keep their order within a channel, over any number of slices") {
  start(5, 1);
  for (std::uint64_t i = 4; i < 8; ++i) caf::anon_send(who, run_of(everybody, i, {std::to_string(i)}));
  w.run();
  for (auto& client : clients) CHECK(client->take() == "run broadcast: 4; run broadcast: 5; run broadcast: 6; run broadcast: 7");
}

TEST_CASE_FIXTURE(fixture, "who comes in the midst of a broadcast is told a position that includes it, and does not get it") {
  start(9);
  begin(run_of(everybody, 4, {"x"}));
  caf::anon_send(who, connection("late", clients.emplace_back(make_link())));
  caf::anon_send(who, channel_changed{{channel::user("late"), true, {}}});
  w.run();
  CHECK(clients.back()->take() == "welcome late user broadcast@4");
  CHECK(reached() == 9);
  w.tell(who, run_of(everybody, 5, {"x"}));
  CHECK(reached() == 10);
}

TEST_CASE_FIXTURE(fixture, "who leaves in the midst of a broadcast does not disturb it") {
  start(9);
  w.rules().user_linger = std::chrono::milliseconds{0};
  begin(run_of(everybody, 4, {"x"}));
  clients[8]->finish_close();
  clients[7]->finish_close();
  w.run();
  clients.resize(7);
  CHECK(reached() == 7);
  CHECK(w.stats().actor_failures.get() == 0);
}

TEST_CASE_FIXTURE(fixture, "who is told in the midst of a broadcast that the backplane is back is not told the end of it early") {
  start(9);
  begin(run_of(everybody, 4, {"x"}));
  caf::anon_send(who, channel_changed{{everybody, true, {}}});
  w.run();
  for (auto& client : clients) CHECK(client->take() == "run broadcast: x; subscribed broadcast@4");
}

TEST_CASE_FIXTURE(fixture, "the bridge is told of a run once all of it was passed on, and of every run") {
  start(9);
  begin(run_of(everybody, 4, {"12345"}));
  CHECK(w.backplane().passed_on.empty());
  w.run();
  w.tell(who, run_of(channel::user("u1"), 1, {"123"}));
  w.tell(who, run_of(channel::user("nobody"), 1, {"1234567"}));
  w.tell(who, run_of(channel::group("none"), 1, {"1"}));
  std::size_t runs = 0, bytes = 0;
  for (const auto& report : w.backplane().passed_on) runs += report.runs, bytes += report.bytes;
  CHECK(runs == 4);
  CHECK(bytes == 16);
}

TEST_CASE_FIXTURE(fixture, "reports to the bridge are joined until they are worth a message") {
  start(1);
  w.rules().forwarded_chunk_bytes = 100'000;
  for (std::uint64_t i = 1; i <= 100; ++i) w.tell(who, run_of(channel::user("u0"), i, {std::string(10'000, 'x')}));
  CHECK(w.backplane().passed_on.size() <= 10);
  CHECK(w.backplane().passed_on.size() >= 9);
  w.rules().forwarded_chunk_bytes = 1;
  w.tell(who, run_of(channel::user("u0"), 101, {"x"}));
  std::size_t runs = 0, bytes = 0;
  for (const auto& report : w.backplane().passed_on) runs += report.runs, bytes += report.bytes;
  CHECK(runs == 101);
  CHECK(bytes == 1'000'001);
}

}
