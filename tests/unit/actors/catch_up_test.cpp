#include "actors/catch_up.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace herald;

namespace {

const auto alice = channel::user("alice");

cursor at(std::uint64_t offset, std::uint64_t fork = 0) { return {fork << fork_shift, offset, 1}; }

batch_ptr run(std::uint64_t from, std::uint64_t to, std::uint64_t fork = 0, std::size_t bytes = 1) {
  std::vector<notification> items;
  for (auto i = from; i <= to; ++i) items.push_back({at(i, fork), "id", 0, std::string(bytes, 'x')});
  return caf::make_counted<const batch>(alice, std::move(items));
}

log_page page(std::uint64_t from, std::uint64_t to, bool at_end = true) { return {run(from, to), {}, at(to), at_end}; }

std::string text(const catch_up::step& of) {
  std::string out;
  if (of.reset) out += "reset@" + std::to_string(of.reset->offset) + ' ';
  for (const auto& x : of.runs)
    for (const auto& item : x->items()) out += std::to_string(item.position->offset) + ' ';
  return out + (of.is_live ? "live" : "more");
}

}  // namespace

TEST_SUITE("catch_up") {

TEST_CASE("a page that is not the last asks for more, and the last one is live") {
  catch_up way{at(2)};
  way.begin_read();
  CHECK(text(way.on_page(page(3, 4, false))) == "3 4 more");
  way.begin_read();
  CHECK(text(way.on_page(page(5, 5))) == "5 live");
  CHECK(way.position() == at(5));
}

TEST_CASE("what came live during the read follows the page, without what the page had") {
  catch_up way{at(2)};
  way.begin_read();
  CHECK(way.hold(run(4, 6)) == 0);
  CHECK(way.hold(run(7, 7)) == 0);
  const auto next = way.on_page(page(3, 4));
  CHECK(text(next) == "3 4 5 6 7 live");
  CHECK(next.repeated == 1);
}

TEST_CASE("a gap between the page and what came live is read, and so is one within what came live") {
  catch_up way{at(2)};
  way.begin_read();
  way.hold(run(6, 6));
  CHECK(text(way.on_page(page(3, 4))) == "3 4 more");
  way.begin_read();
  way.hold(run(6, 7));
  way.hold(run(9, 9));
  const auto next = way.on_page(page(5, 5));
  CHECK(text(next) == "5 6 7 more");
  CHECK(next.repeated == 1);
  CHECK(way.position() == at(7));
}

TEST_CASE("what comes live before the page is read is let go, as is more than can be kept") {
  catch_up way{at(2)};
  CHECK(way.hold(run(3, 4)) == 2);
  way.begin_read();
  for (std::size_t i = 0; i < catch_up::max_held_runs; ++i) CHECK(way.hold(run(5 + i, 5 + i)) == 0);
  CHECK(way.hold(run(100, 100)) == catch_up::max_held_runs + 1);
  CHECK(text(way.on_page(page(3, 4))) == "3 4 more");
  way.begin_read();
  CHECK(way.hold(run(5, 5, 0, catch_up::max_held_bytes + 1)) == 1);
}

TEST_CASE("what was kept when the live stream was interrupted does not count") {
  catch_up way{at(2)};
  way.begin_read();
  way.hold(run(4, 4));
  way.interrupt();
  CHECK(text(way.on_page(page(3, 3))) == "3 more");
}

TEST_CASE("offsets of a later takeover are not taken for old ones, nor for the next without a look at the log") {
  catch_up way{at(5)};
  way.begin_read();
  way.hold(run(4, 5, 1));
  CHECK(text(way.on_page({nullptr, {}, at(5), true})) == "more");
}

TEST_CASE("a reset comes before what is left, and what came live follows") {
  catch_up way{at(2)};
  way.begin_read();
  way.hold(run(9, 9));
  auto gone = page(7, 8);
  gone.reset = at(6);
  CHECK(text(way.on_page(gone)) == "reset@6 7 8 9 live");
}

TEST_CASE("where offsets were given anew and nobody knows from which on, what came live knows") {
  catch_up way{at(8)};
  way.hold(run(6, 6));
  way.begin_read();
  log_page guess{run(8, 8), at(7), at(8), true, true};
  CHECK(text(way.on_page(guess)) == "reset@5 more");
  CHECK(way.position().offset == 5);
}

}
