#include "actors/session.hpp"

#include "tests/support/fake_neighbours.hpp"
#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

const auto mine = channel::user("42");
const auto everybody = channel::broadcast();
const auto g1 = channel::group("g1");

cursor at(std::uint64_t offset) { return {1, offset, 0}; }
channel_status live(const channel& name, std::uint64_t offset) { return {name, true, at(offset)}; }

log_page page(const channel& of, std::uint64_t first, std::vector<std::string> bodies, bool at_end = true) {
  const auto last = first + bodies.size() - 1;
  return {run_of(of, first, std::move(bodies)).run, {}, at(last), at_end};
}

/// A session of user 42 that comes back; router and bridge are the test's.
struct fixture {
  world w;
  notes router_heard;
  user_router_actor router = w.spawn<fake_router>(router_heard);
  recording_link_ptr phone = make_link();
  session_actor who;

  void connect(std::vector<std::pair<std::string, cursor>> resume, std::string device = {}, bool is_live = true) {
    auto hello_of_42 = std::make_shared<hello>();
    hello_of_42->user = "42";
    hello_of_42->session_id = "s";
    hello_of_42->groups.push_back(g1);
    hello_of_42->resume = std::move(resume);
    hello_of_42->device = std::move(device);
    hello_of_42->out = phone;
    who = w.spawn<session>(hello_of_42, router, w.bridge(), w.rules());
    attached to{{live(mine, 7), live(everybody, 3), live(g1, 5)}};
    for (auto& status : to.channels) status.live = is_live;
    w.tell(who, std::move(to));
  }

  void answer(log_page with) {
    REQUIRE_MESSAGE(!w.backplane().pages_due.empty(), "nothing was asked of the log");
    w.backplane().answer_read(std::move(with));
    w.run();
  }

  std::uint64_t dropped() {
    std::uint64_t sum = 0;
    for (const auto& reason : w.stats().dropped) sum += reason.get();
    return sum;
  }

  /// What a router would have counted as due, beside what the session itself counts.
  bool balances(std::uint64_t live_items) {
    auto& counts = w.stats();
    return counts.due.get() + live_items
           == counts.delivered.get() + counts.deduplicated.get() + counts.nobody_here.get() + dropped();
  }
};

}  // namespace

TEST_SUITE("session resume") {

TEST_CASE_FIXTURE(fixture, "the welcome waits for the first page of each channel that is resumed, and says what is recovered") {
  connect({{"user", at(5)}, {"group:g1", at(2)}});
  CHECK(w.backplane().take_reads() == "42@5 group:g1@2");
  CHECK(phone->take().empty());
  answer(page(mine, 6, {"f", "g"}));
  CHECK(phone->take().empty());
  answer(page(g1, 3, {"c", "d", "e"}));
  CHECK(phone->take() == "welcome 42 user@5(recovered) broadcast@3 group:g1@2(recovered); run user: f g; run group:g1: c d e");
  w.tell(who, run_of(mine, 8, {"h"}));
  CHECK(phone->take() == "run user: h");
  CHECK(balances(1));
}

TEST_CASE_FIXTURE(fixture, "what is gone for good is said before what is left of it") {
  connect({{"user", at(2)}});
  auto got = page(mine, 6, {"f", "g"});
  got.reset = at(5);
  answer(std::move(got));
  CHECK(phone->take() == "welcome 42 user@2 broadcast@3 group:g1@5; reset user@5; run user: f g");
  CHECK(w.stats().resets.get() == 1);
}

TEST_CASE_FIXTURE(fixture, "what comes live while a page is read follows it, and what is in both comes once") {
  connect({{"user", at(5)}});
  w.tell(who, run_of(mine, 7, {"g", "h"}));
  w.tell(who, run_of(mine, 9, {"i"}));
  answer(page(mine, 6, {"f", "g"}));
  CHECK(phone->take() == "welcome 42 user@5(recovered) broadcast@3 group:g1@5; run user: f g; run user: h; run user: i");
  w.tell(who, run_of(mine, 10, {"j"}));
  CHECK(phone->take() == "run user: j");
  CHECK(balances(4));
}

TEST_CASE_FIXTURE(fixture, "too much that comes live while a page is read is left to the log, which is read again") {
  connect({{"user", at(5)}});
  const auto many = catch_up::max_held_runs + 1;
  for (std::size_t i = 0; i < many; ++i) w.tell(who, run_of(mine, 8 + i, {"x"}));
  w.backplane().take_reads();
  answer(page(mine, 6, {"f", "g"}));
  CHECK(phone->take() == "welcome 42 user@5(recovered) broadcast@3 group:g1@5; run user: f g");
  CHECK(w.backplane().take_reads() == "42@7");
  std::vector<std::string> rest(many, "x");
  answer(page(mine, 8, rest));
  CHECK(w.stats().delivered.get() == 2 + many);
  CHECK(balances(many));
}

TEST_CASE_FIXTURE(fixture, "page follows page, and the next one is asked for when the last was sent") {
  connect({{"user", at(1)}});
  CHECK(w.backplane().take_reads() == "42@1");
  answer(page(mine, 2, {"b", "c"}, false));
  CHECK(w.backplane().take_reads() == "42@3");
  answer(page(mine, 4, {"d"}, false));
  CHECK(w.backplane().take_reads() == "42@4");
  answer(page(mine, 5, {"e"}));
  CHECK(w.backplane().take_reads().empty());
  phone->take();
  w.tell(who, run_of(mine, 5, {"e", "f"}));
  CHECK(phone->take() == "run user: f");
  CHECK(balances(2));
}

TEST_CASE_FIXTURE(fixture, "a log that was lost after it was read, and before anything came live, is noticed by what comes live") {
  connect({{"user", at(5)}});
  answer(page(mine, 6, {"f"}));
  phone->take();
  w.backplane().take_reads();
  std::vector<notification> items{{cursor{1 << log_shift, 1, 0}, "id", 0, "new"}};
  const auto run = batch_ptr{caf::make_counted<const batch>(mine, items)};
  w.tell(who, deliver{run});
  CHECK(w.backplane().take_reads() == "42@6");
  answer({run, cursor{1 << log_shift, 0, 0}, cursor{1 << log_shift, 1, 0}, true});
  CHECK(phone->take() == "reset user@0; run user: new");
  CHECK(balances(1));
}

TEST_CASE_FIXTURE(fixture, "a second loss is said even if nothing came since the first") {
  connect({});
  phone->take();
  const channel_status first{mine, true, cursor{1 << log_shift, 0, 0}, true}, second{mine, true, cursor{2 << log_shift, 0, 0}, true};
  w.tell(who, first);
  CHECK(phone->take() == "reset user@0");
  w.tell(who, second);
  CHECK(phone->take() == "reset user@0");
}

TEST_CASE_FIXTURE(fixture, "a welcome is not ahead of what came before it and follows it") {
  auto hello_of_42 = connection("42", phone, {"g1"}).who;
  const_cast<hello&>(*hello_of_42).resume.emplace_back("group:g1", at(5));
  who = w.spawn<session>(hello_of_42, router, w.bridge(), w.rules());
  w.tell(who, attached{{{mine, false, {}}, live(everybody, 3), live(g1, 5)}});
  w.tell(who, run_of(mine, 8, {"h"}));
  w.tell(who, live(mine, 8));
  answer({nullptr, {}, at(5), true});
  CHECK(phone->take() == "welcome 42 user@7 broadcast@3 group:g1@5(recovered); run user: h");
}

TEST_CASE_FIXTURE(fixture, "a client is never told a position beyond what it was sent") {
  connect({});
  phone->take();
  phone->full = true;
  w.tell(who, run_of(g1, 6, {"f"}));
  phone->make_room();
  w.run();
  phone->full = true;
  answer(page(g1, 6, {"f"}));  // there is no room for it, again
  phone->take();
  w.tell(who, channel_status{g1, false, at(6)});
  CHECK(phone->take() == "subscribed group:g1@5(away)");
}

TEST_CASE_FIXTURE(fixture, "a slow client that is catching up gets each page when it has room, and nothing twice") {
  connect({{"user", at(5)}});
  phone->full = true;
  answer(page(mine, 6, {"f", "g"}));
  CHECK(phone->take() == "welcome 42 user@5(recovered) broadcast@3 group:g1@5");
  w.tell(who, run_of(mine, 8, {"h"}));  // let go: the log has it
  w.backplane().take_reads();
  phone->make_room();
  w.run();
  CHECK(w.backplane().take_reads() == "42@5");  // there was no room for what was read: nothing of it is kept
  answer(page(mine, 6, {"f", "g"}, false));
  CHECK(phone->take() == "run user: f g");
  CHECK(w.backplane().take_reads() == "42@7");
  answer(page(mine, 8, {"h"}));
  CHECK(phone->take() == "run user: h");
  CHECK(balances(1));
}

TEST_CASE_FIXTURE(fixture, "a page is sent in pieces, and what there is no room for is read again from there") {
  const std::string large(10'000, '1');
  connect({{"user", at(5)}});
  phone->room_for_runs = 2;
  answer(page(mine, 6, {"1", large, large, large, "2"}));
  CHECK(phone->take() == "welcome 42 user@5(recovered) broadcast@3 group:g1@5; run user: 1 " + large + "; run user: " + large);
  CHECK(phone->pages_kept() == 0);
  w.backplane().take_reads();
  phone->make_room();
  w.run();
  CHECK(phone->pages_kept() == 1);
  CHECK(w.backplane().take_reads() == "42@8");
  answer(page(mine, 9, {large, "2"}));
  CHECK(phone->take() == "run user: " + large + " 2");
  CHECK(phone->pages_kept() == 0);
  CHECK(balances(0));
}

TEST_CASE_FIXTURE(fixture, "a message that is larger than the room for it is read again when there is more") {
  connect({{"user", at(5)}});
  phone->page_bytes = 4;
  answer(page(mine, 6, {"1", "22222"}, false));
  CHECK(phone->take() == "welcome 42 user@5(recovered) broadcast@3 group:g1@5; run user: 1 22222");
  answer(page(mine, 8, {"333333", "4"}, false));
  CHECK(phone->take().empty());
  CHECK(phone->pages_kept() == 0);
  w.backplane().take_reads();
  phone->make_room();
  w.run();
  CHECK(w.backplane().take_reads().empty());
  phone->page_bytes = 6;
  phone->make_room();
  w.run();
  CHECK(w.backplane().take_reads() == "42@7");
  answer(page(mine, 8, {"333333", "4"}));
  CHECK(phone->take() == "run user: 333333 4");
  CHECK(balances(0));
}

TEST_CASE_FIXTURE(fixture, "no page is read before there is room for it") {
  phone->full = true;
  connect({{"user", at(5)}});
  CHECK(w.backplane().take_reads().empty());
  w.advance(w.rules().welcome_patience);
  CHECK(phone->take() == "welcome 42 user@5 broadcast@3 group:g1@5");
  phone->make_room();
  w.run();
  CHECK(w.backplane().take_reads() == "42@5");
  answer(page(mine, 6, {"f"}));
  CHECK(phone->take() == "run user: f");
}

TEST_CASE_FIXTURE(fixture, "with the backplane away the welcome does not wait, and what was missed follows when it is back") {
  connect({{"user", at(5)}}, {}, false);
  CHECK(phone->take() == "welcome 42 user@5(away) broadcast@3(away) group:g1@5(away)");
  answer(page(mine, 6, {"f"}));
  CHECK(phone->take() == "run user: f");
}

TEST_CASE_FIXTURE(fixture, "what was read before the channel was live is read again when it is") {
  connect({{"user", at(5)}}, {}, false);
  answer(page(mine, 6, {"f"}));
  w.backplane().take_reads();
  w.tell(who, live(mine, 7));  // the one in between came before the subscription
  CHECK(w.backplane().take_reads() == "42@6");
  answer(page(mine, 7, {"g"}));
  CHECK(phone->take() == "welcome 42 user@5(away) broadcast@3(away) group:g1@5(away); run user: f; subscribed user@6; run user: g");
  w.tell(who, live(mine, 7));
  CHECK(w.backplane().take_reads().empty());
}

TEST_CASE_FIXTURE(fixture, "a page that was asked for before the channel was live, and comes after, is followed by another") {
  connect({{"user", at(5)}}, {}, false);
  CHECK(w.backplane().take_reads() == "42@5");
  w.tell(who, live(mine, 7));
  w.tell(who, run_of(mine, 8, {"h"}));
  answer(page(mine, 6, {"f"}));
  CHECK(w.backplane().take_reads() == "42@6");
  answer(page(mine, 7, {"g", "h"}));
  CHECK(phone->take()
        == "welcome 42 user@5(away) broadcast@3(away) group:g1@5(away); subscribed user@5; run user: f; run user: g h");
  CHECK(balances(1));
}

TEST_CASE_FIXTURE(fixture, "a first frame that comes before the welcome resumes as the URL does") {
  auto hello_of_42 = connection("42", phone, {"g1"}).who;
  who = w.spawn<session>(hello_of_42, router, w.bridge(), w.rules());
  w.run();
  phone->ask(command::resume{{{"user", at(6)}}}, "1");
  w.run();
  w.tell(who, attached{{live(mine, 7), live(everybody, 3), live(g1, 5)}});
  CHECK(w.backplane().take_reads() == "42@6");
  answer(page(mine, 7, {"g"}));
  CHECK(phone->take() == "welcome 42 user@6(recovered) broadcast@3 group:g1@5; run user: g");
}

TEST_CASE_FIXTURE(fixture, "what of a first frame can't be done is refused after the welcome, and the rest is done") {
  auto hello_of_42 = std::make_shared<hello>();
  hello_of_42->user = "42";
  hello_of_42->session_id = "s";
  hello_of_42->out = phone;
  who = w.spawn<session>(hello_of_42, router, w.bridge(), w.rules());
  w.run();
  phone->ask(command::resume{{{"user", at(6)}, {"group:other", at(1)}}}, "1");
  w.run();
  w.tell(who, attached{{live(mine, 7), live(everybody, 3)}});
  CHECK(phone->take().empty());
  answer(page(mine, 7, {"7"}));
  CHECK(phone->take()
        == "welcome 42 user@6(recovered) broadcast@3; run user: 7; error bad_field channels.group:other ref=1");
}

TEST_CASE_FIXTURE(fixture, "a resume after the welcome is answered, unless something was sent already") {
  connect({});
  phone->take();
  phone->ask(command::resume{{{"user", at(6)}}}, "1");
  w.run();
  answer(page(mine, 7, {"g"}));
  CHECK(phone->take() == "subscribed user@6(recovered) ref=1; run user: g");
  phone->ask(command::resume{{{"user", at(6)}, {"group:other", at(1)}}}, "2");
  w.run();
  CHECK(phone->take() == "error too_late channels.user ref=2; error bad_field channels.group:other ref=2");
}

TEST_CASE_FIXTURE(fixture, "a group is joined from a cursor") {
  connect({});
  phone->take();
  phone->ask(command::subscribe{"g2", at(1)}, "1");
  w.run();
  const auto g2 = channel::group("g2");
  w.tell(who, live(g2, 3));
  CHECK(phone->take().empty());
  CHECK(w.backplane().take_reads() == "group:g2@1");
  w.tell(who, run_of(g2, 4, {"d"}));
  answer(page(g2, 2, {"b", "c"}));
  CHECK(phone->take() == "subscribed group:g2@1(recovered) ref=1; run group:g2: b c; run group:g2: d");
  CHECK(balances(1));
}

TEST_CASE_FIXTURE(fixture, "who leaves a group while catching up hears nothing more of it") {
  connect({});
  phone->take();
  phone->ask(command::subscribe{"g2", at(1)}, "1");
  w.run();
  const auto g2 = channel::group("g2");
  w.tell(who, live(g2, 3));
  w.tell(who, run_of(g2, 4, {"d"}));
  phone->ask(command::unsubscribe{"g2"}, "2");
  w.run();
  answer(page(g2, 2, {"b", "c"}));
  CHECK(phone->take() == "unsubscribed group:g2 ref=2");
  CHECK(balances(1));
}

TEST_CASE_FIXTURE(fixture, "a device goes on from where it had got to, and a new one from the log's start") {
  connect({}, "phone");
  CHECK(w.backplane().positions_asked == "42/phone");
  CHECK(phone->take().empty());
  w.backplane().positions_due.front().deliver(positions{{{"broadcast", at(2)}}});
  w.backplane().positions_due.pop_front();
  w.run();
  CHECK(w.backplane().take_reads() == "42@0 broadcast@2 group:g1@5");
  answer(page(mine, 1, {"a"}));
  answer(page(everybody, 3, {"c"}));
  answer({nullptr, {}, at(5), true});
  const auto said = phone->take();
  CHECK(said.starts_with("welcome 42 user"));
  CHECK(said.ends_with("; run user: a; run broadcast: c"));
}

TEST_CASE_FIXTURE(fixture, "acknowledgements of a channel are joined while one is under way, and each reference is answered") {
  connect({{"user", at(7)}, {"broadcast", at(3)}, {"group:g1", at(5)}}, "phone");
  for (const auto& name : {mine, everybody, g1}) answer({nullptr, {}, name == mine ? at(7) : name == g1 ? at(5) : at(3), true});
  phone->take();
  for (std::uint64_t i = 1; i <= 3; ++i) phone->ask(command::ack{"user", at(i)}, std::to_string(i));
  w.run();
  CHECK(w.backplane().positions_kept == "42/phone user@1");
  w.backplane().keeps_due.front().deliver(position_kept{});
  w.backplane().keeps_due.pop_front();
  w.run();
  CHECK(w.backplane().positions_kept == "42/phone user@1 42/phone user@3");
  w.backplane().keeps_due.front().deliver(position_kept{failure{errc::unavailable, "away", {}}});
  w.backplane().keeps_due.pop_front();
  w.run();
  CHECK(phone->take() == "acknowledged user@1 ref=1; error unavailable ref=2; error unavailable ref=3");
}

TEST_CASE_FIXTURE(fixture, "without a device, or for a channel it is not in, nothing is acknowledged") {
  connect({});
  phone->take();
  phone->ask(command::ack{"user", at(1)}, "1");
  w.run();
  CHECK(phone->take() == "error not_supported ref=1");
  CHECK(w.backplane().positions_kept.empty());
}

TEST_CASE_FIXTURE(fixture, "a client that leaves while it catches up leaves nothing unaccounted for") {
  connect({{"user", at(5)}});
  w.tell(who, run_of(mine, 8, {"h"}));
  phone->finish_close();
  w.run();
  answer(page(mine, 6, {"f", "g"}));
  CHECK(phone->take().empty());
}

}
