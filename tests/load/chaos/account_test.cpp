#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "chaos/account.hpp"

#include <doctest/doctest.h>

namespace {

using namespace herald::load;

options two_users() {
  options given;
  given.users = 2;
  given.sessions_per_user = 2;
  given.groups = 1;
  return given;
}

/// Two users with two sessions each, who share a group; sessions 0 and 1 are user 0's. All messages are accepted at 100.
struct crowd_of_four {
  void publish(channel_id channel, int count) {
    for (; count > 0; --count)
      book.accept(channel, book.submit(channel), 100);
  }
  void receive(session_id session, channel_id channel, std::initializer_list<std::uint32_t> numbers) {
    for (const auto number : numbers)
      book.receive(session, channel, number, 200);
  }
  void everybody_but(session_id session, channel_id channel, std::initializer_list<std::uint32_t> numbers) {
    for (session_id each = 0; each < people.sessions(); ++each)
      if (each != session)
        receive(each, channel, numbers);
  }

  population people{two_users()};
  account book{people};
};

constexpr channel_id everyone = 0, group = 1, user_0 = 2, user_1 = 3;

} // namespace

TEST_SUITE("chaos account") {

TEST_CASE_FIXTURE(crowd_of_four, "what everybody got once and in order is flawless") {
  publish(everyone, 3);
  publish(user_1, 2);
  publish(group, 1);
  everybody_but(9, everyone, {1, 2, 3});
  everybody_but(9, group, {1});
  receive(2, user_1, {1, 2});
  receive(3, user_1, {1, 2});
  CHECK(book.missing_so_far() == 0);
  const auto found = book.settle();
  CHECK(found.flawless());
  CHECK(found.accepted == 6);
  CHECK(found.due == 12 + 4 + 4);
  CHECK(found.delivered == found.due);
  CHECK(book.examples().empty());
}

TEST_CASE_FIXTURE(crowd_of_four, "a dropped message is lost, whether others followed or not") {
  publish(everyone, 3);
  everybody_but(1, everyone, {1, 2, 3});
  receive(1, everyone, {1});
  CHECK(book.missing_so_far() == 2);
  SUBCASE("the last two") {
    CHECK(book.settle().lost == 2);
  }
  SUBCASE("one in the middle") {
    receive(1, everyone, {3});
    CHECK(book.settle().lost == 1);
    CHECK(book.examples().at(0) == "lost: session 1 of user u0, channel broadcast, number 2");
  }
  SUBCASE("with its session away for good, all the same") {
    const auto found = book.settle();
    CHECK_FALSE(found.flawless());
    CHECK(found.delivered + found.lost == found.due);
  }
}

TEST_CASE_FIXTURE(crowd_of_four, "a message that comes again is doubled, at once or after others") {
  publish(user_0, 3);
  receive(1, user_0, {1, 2, 3});
  receive(0, user_0, {1, 1, 2, 3, 2});
  const auto found = book.settle();
  CHECK(found.doubled == 2);
  CHECK(found.lost == 0);
  CHECK(found.out_of_order == 0);
  CHECK_FALSE(found.flawless());
}

TEST_CASE_FIXTURE(crowd_of_four, "two that are swapped are out of order, and not lost") {
  publish(user_0, 3);
  receive(1, user_0, {1, 2, 3});
  receive(0, user_0, {1, 3, 2});
  const auto found = book.settle();
  CHECK(found.out_of_order == 1);
  CHECK(found.lost == 0);
  CHECK(found.delivered == found.due);
  CHECK_FALSE(found.flawless());
}

TEST_CASE_FIXTURE(crowd_of_four, "a reset excuses what was missed before it, on its own channel and session alone") {
  publish(user_0, 5);
  publish(everyone, 2);
  everybody_but(0, everyone, {1, 2});
  receive(1, user_0, {1, 2, 5});
  receive(0, user_0, {1, 2});
  book.reset(0, user_0, 300);
  receive(0, user_0, {5});
  const auto found = book.settle();
  CHECK(found.resets == 1);
  CHECK(found.resets_in_vain == 0);
  CHECK(found.excused == 2);
  CHECK(found.lost == 2 + 2); // session 1's 3 and 4, session 0's broadcasts
  CHECK(book.excused_numbers(user_0) == std::vector<std::uint32_t>{3, 4});
}

TEST_CASE_FIXTURE(crowd_of_four, "what follows a reset is due: what is still in the log comes after it") {
  publish(user_0, 6);
  receive(1, user_0, {1, 2, 3, 4, 5, 6});
  receive(0, user_0, {1});
  book.reset(0, user_0, 300);
  receive(0, user_0, {3, 5});
  const auto found = book.settle();
  CHECK(found.excused == 1); // 2
  CHECK(found.lost == 2);    // 4 and 6
}

TEST_CASE_FIXTURE(crowd_of_four, "a reset does not excuse what was submitted after it") {
  publish(user_0, 2);
  receive(1, user_0, {1, 2, 3});
  book.reset(0, user_0, 300);
  publish(user_0, 1);
  receive(1, user_0, {3});
  const auto found = book.settle();
  CHECK(found.excused == 2);
  CHECK(found.lost == 1);
  CHECK(found.never_published == 1); // session 1 had 3 before there was one
}

TEST_CASE_FIXTURE(crowd_of_four, "a reset excuses a gap that was noticed late") {
  publish(user_0, 4);
  receive(1, user_0, {1, 2, 3, 4});
  receive(0, user_0, {1, 4});
  book.reset(0, user_0, 300);
  CHECK(book.missing_so_far() == 0);
  const auto found = book.settle();
  CHECK(found.excused == 2);
  CHECK(found.flawless());
}

TEST_CASE_FIXTURE(crowd_of_four, "what a reset gave up and comes all the same is out of order, not missing") {
  publish(user_0, 4);
  receive(1, user_0, {1, 2, 3, 4});
  book.reset(0, user_0, 300);
  receive(0, user_0, {4, 2});
  const auto found = book.settle();
  CHECK(found.out_of_order == 1);
  CHECK(found.excused == 2);
  CHECK(found.delivered == 6);
  CHECK(found.delivered + found.excused == found.due);
}

TEST_CASE_FIXTURE(crowd_of_four, "a reset for nothing is counted") {
  publish(user_0, 2);
  receive(1, user_0, {1, 2});
  receive(0, user_0, {1, 2});
  book.reset(0, user_0, 300);
  SUBCASE("at the end") {}
  SUBCASE("before the next message") {
    publish(user_0, 1);
    receive(0, user_0, {3});
    receive(1, user_0, {3});
  }
  SUBCASE("after another one") {
    book.reset(0, user_0, 310);
    const auto found = book.settle();
    CHECK(found.resets == 2);
    CHECK(found.resets_in_vain == 2);
    return;
  }
  const auto found = book.settle();
  CHECK(found.resets == 1);
  CHECK(found.resets_in_vain == 1);
  CHECK(found.flawless());
}

TEST_CASE_FIXTURE(crowd_of_four, "what was never accepted is not due, and is counted when it came") {
  const auto number = book.submit(user_0);
  receive(0, user_0, {number});
  const auto found = book.settle();
  CHECK(found.due == 0);
  CHECK(found.undecided == 1);
  CHECK(found.undecided_delivered == 1);
  CHECK(found.lost == 0);
  CHECK(found.flawless());
}

TEST_CASE_FIXTURE(crowd_of_four, "a message may come before its acceptance is heard") {
  const auto number = book.submit(user_0);
  receive(0, user_0, {number});
  receive(1, user_0, {number});
  book.accept(user_0, number, 250);
  CHECK(book.missing_so_far() == 0);
  const auto found = book.settle();
  CHECK(found.delivered == 2);
  CHECK(found.undecided_delivered == 0);
}

TEST_CASE_FIXTURE(crowd_of_four, "what is for others is misrouted, and a number that was not given out is said") {
  publish(user_1, 1);
  receive(2, user_1, {1});
  receive(3, user_1, {1, 7});
  receive(0, user_1, {1});
  const auto found = book.settle();
  CHECK(found.misrouted == 1);
  CHECK(found.never_published == 1);
  CHECK_FALSE(found.flawless());
}

TEST_CASE_FIXTURE(crowd_of_four, "whole again is when the last late message was everywhere") {
  publish(user_0, 3);
  book.receive(0, user_0, 1, 110);
  book.receive(1, user_0, 1, 110);
  CHECK(book.whole_after(150, 50) == -1); // two are still missing
  book.receive(0, user_0, 2, 120);
  book.receive(1, user_0, 2, 400); // late
  book.receive(0, user_0, 3, 130);
  book.receive(1, user_0, 3, 140);
  CHECK(book.whole_after(50, 50) == 350);
  CHECK(book.whole_after(150, 50) == 250);
  CHECK(book.whole_after(500, 50) == 0);
  CHECK(book.max_lateness() == 300);
}

TEST_CASE_FIXTURE(crowd_of_four, "a session that was excused does not keep the others waiting") {
  publish(user_0, 2);
  receive(1, user_0, {1, 2});
  receive(0, user_0, {1});
  CHECK(book.whole_after(150, 50) == -1);
  book.reset(0, user_0, 300);
  book.settle();
  CHECK(book.whole_after(150, 50) == 150);
}

}
