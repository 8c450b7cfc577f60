#include "transport/outbox_budget.hpp"

#include "tests/support/world.hpp"
#include "transport/outbox.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

using namespace herald;
using namespace herald::transport;
using boost::asio::ip::tcp;

namespace {

constexpr std::size_t part_bytes = 1000;

shared_bytes_ptr part() {
  return caf::make_counted<const shared_bytes>(std::string(part_bytes, 'p'));
}

/// A client whose end reads only when it is told to.
class client : public caf::ref_counted, public outbox_owner {
public:
  client(shard& home, outbox_limits limits) : peer_(home.context()) {
    tcp::acceptor acceptor{home.context(), {boost::asio::ip::address_v4::loopback(), 0}};
    peer_.open(tcp::v4());
    peer_.set_option(boost::asio::socket_base::receive_buffer_size{4096});  // so that it soon takes no more
    peer_.connect(acceptor.local_endpoint());
    auto socket = acceptor.accept();
    socket.set_option(boost::asio::socket_base::send_buffer_size{4096});
    peer_.non_blocking(true);
    box = std::make_unique<outbox>(home, std::move(socket), limits);
    box->owner(this);
  }

  /// Queues until the socket takes no more.
  void clog() {
    while (box->empty()) {
      box->push(part());
      box->flush();
    }
  }

  /// Queues until it is told that there is no room.
  void fill() {
    clog();
    while (box->try_push(part(), 1)) {}
  }

  void read_all(shard& home) {
    std::vector<char> into(1 << 16);
    while (!box->empty()) {
      boost::system::error_code error;
      peer_.read_some(boost::asio::buffer(into), error);
      home.context().poll();
    }
  }

  void on_shed() override { ++times_shed; }
  void on_room() override { ++times_told; }
  caf::ref_counted& counted() noexcept override { return *this; }

  std::unique_ptr<outbox> box;
  int times_shed = 0;
  int times_told = 0;

private:
  tcp::socket peer_;
};

struct fixture {
  test::world w;
  shard home{w.system(), 0};
  std::vector<caf::intrusive_ptr<client>> all;

  client& add(outbox_limits limits = {}) {
    all.push_back(caf::make_counted<client>(home, limits));
    return *all.back();
  }

  std::size_t waiting() {
    std::size_t sum = 0;
    for (const auto& one : all) sum += one->box->bytes();
    return sum;
  }
};

}  // namespace

TEST_SUITE("outbox budget") {

TEST_CASE_FIXTURE(fixture, "one slow client may hold what its own limits allow") {
  home.budget().limit(10 << 20);
  auto& one = add({100 * part_bytes, 10'000});
  one.fill();
  CHECK(one.box->bytes() > 98 * part_bytes);
  CHECK(one.box->bytes() <= 100 * part_bytes);
  CHECK(home.stats().outboxes_stalled.get() == 1);
  CHECK(home.stats().outbox_stalled_bytes.get() == one.box->bytes());
}

TEST_CASE_FIXTURE(fixture, "many slow clients share the budget, and never go over it") {
  const std::size_t budget = 200 * part_bytes;
  home.budget().limit(budget);
  for (int i = 0; i < 20; ++i) add({100 * part_bytes, 10'000}).clog();
  for (auto& one : all) one->fill();
  CHECK(waiting() <= budget);
  CHECK(waiting() > budget / 2);
  CHECK(home.stats().outbox_stalled_bytes.get() == waiting());
  CHECK_FALSE(home.budget().is_unsettled());
}

TEST_CASE_FIXTURE(fixture, "a client that reads gives back what it held, and one that leaves does") {
  const std::size_t budget = 200 * part_bytes;
  home.budget().limit(budget);
  auto& one = add({100 * part_bytes, 10'000});
  one.fill();
  add().fill();
  one.read_all(home);
  CHECK(home.stats().outboxes_stalled.get() == 1);
  CHECK(home.stats().outbox_stalled_bytes.get() == all[1]->box->bytes());
  all[1]->box = nullptr;
  CHECK(home.stats().outboxes_stalled.get() == 0);
  CHECK(home.budget().allowance() == budget);
}

TEST_CASE_FIXTURE(fixture, "a client that reads is not held up by those that don't") {
  home.budget().limit(50 * part_bytes);
  for (int i = 0; i < 10; ++i) add().fill();
  auto& reads = add({100 * part_bytes, 10'000});
  for (int i = 0; i < 500; ++i) {
    CHECK(reads.box->try_push(part(), 1));
    reads.box->flush();
    reads.read_all(home);
  }
}

TEST_CASE_FIXTURE(fixture, "over the budget the largest are shed, and no more of them than it takes") {
  home.budget().limit(100 * part_bytes);
  const std::size_t sizes[] = {10, 60, 20, 30};
  for (auto size : sizes) {
    auto& one = add();
    one.clog();
    for (std::size_t i = 0; i < size; ++i) one.box->push(part());  // as events are: whatever waits
  }
  REQUIRE(home.budget().is_unsettled());
  home.budget().settle();
  CHECK_FALSE(home.budget().is_unsettled());
  CHECK(all[0]->times_shed == 0);
  CHECK(all[1]->times_shed == 1);
  CHECK(all[2]->times_shed == 0);
  CHECK(all[3]->times_shed == 0);
  CHECK(home.stats().outboxes_shed.get() == 1);
  CHECK(all[1]->box->bytes() <= part_bytes);
  CHECK(home.stats().outboxes_stalled.get() == 3);
  CHECK_FALSE(all[1]->box->try_push(part(), 1));
}

TEST_CASE_FIXTURE(fixture, "who was shed is not shed again, whatever is left in its socket's way") {
  home.budget().limit(part_bytes / 2);
  for (int i = 0; i < 5; ++i) add().clog();
  for (int turn = 0; turn < 3; ++turn)
    if (home.budget().is_unsettled()) home.budget().settle();
  CHECK_FALSE(home.budget().is_unsettled());
  CHECK(home.stats().outboxes_shed.get() <= 5);
  for (const auto& one : all) CHECK(one->times_shed <= 1);
}

TEST_CASE_FIXTURE(fixture, "a client that is behind gets a page when it has read half, and not before") {
  home.budget().limit(4000 * part_bytes);
  auto& one = add({400 * part_bytes, 10'000});
  one.fill();
  CHECK(one.box->begin_page() == 0);
  one.box->ask_room();
  one.box->flush();
  CHECK(one.times_told == 0);
  one.read_all(home);
  CHECK(one.times_told == 1);
  CHECK(one.box->begin_page() == max_page_bytes);
}

TEST_CASE_FIXTURE(fixture, "who had no room for a page is told of room when half of what waited then is read, and not at once again") {
  auto& one = add({20 * part_bytes, 10'000});
  one.clog();
  REQUIRE_FALSE(one.box->try_push(caf::make_counted<const shared_bytes>(std::string(25 * part_bytes, 'p')), 1));
  one.box->ask_room();
  one.box->flush();
  CHECK(one.times_told == 0);
  CHECK(one.box->begin_page() == 0);
  one.read_all(home);
  CHECK(one.times_told == 1);
  CHECK(one.box->begin_page() > 0);
}

TEST_CASE_FIXTURE(fixture, "a page is no larger than half of what an outbox may hold") {
  auto& one = add({100'000, 10'000});
  CHECK(one.box->begin_page() == 32 * 1024);
  auto& small = add({1'000, 10'000});
  CHECK(small.box->begin_page() == outbox_budget::least_page_bytes);
}

TEST_CASE_FIXTURE(fixture, "pages that are read take no more than the budget, and who waits for one is told in turn") {
  const std::size_t budget = 1 << 20;
  home.budget().limit(budget);
  std::vector<std::size_t> kept;
  for (int i = 0; i < 200; ++i) {
    kept.push_back(add().box->begin_page());
    if (kept.back() > 0) continue;
    all.back()->box->ask_room();
    all.back()->box->flush();
  }
  CHECK(kept.front() == max_page_bytes);
  CHECK(kept.back() == 0);
  const auto first_without = static_cast<std::size_t>(std::ranges::find(kept, 0u) - kept.begin());
  std::size_t sum = 0;
  for (auto bytes : kept) sum += bytes;
  CHECK(sum <= budget);
  CHECK(sum > budget / 2);
  home.budget().settle();
  CHECK(all[first_without]->times_told == 0);
  all[0]->box->end_page(kept[0]);
  home.budget().settle();
  CHECK(all[first_without]->times_told == 1);
  CHECK(all.back()->times_told == 0);
  for (std::size_t i = 1; i < first_without; ++i) all[i]->box->end_page(kept[i]);
  for (int turn = 0; turn < 3; ++turn) home.budget().settle();
  CHECK(all.back()->times_told == 1);
  CHECK(home.budget().allowance() == budget);
  CHECK_FALSE(home.budget().is_unsettled());
}

TEST_CASE_FIXTURE(fixture, "who needs much waits until there is as much, and those behind it wait with it") {
  home.budget().limit(256 * 1024);
  std::vector<std::size_t> kept;
  do kept.push_back(add().box->begin_page()); while (home.budget().allowance() > 40'000);
  auto& large = add();
  REQUIRE(large.box->begin_page(100'000) == 0);
  large.box->ask_room();
  large.box->flush();
  home.budget().settle();
  CHECK(large.times_told == 0);
  all[0]->box->end_page(kept[0]);
  home.budget().settle();
  CHECK(large.times_told == 1);
  CHECK(large.box->begin_page(100'000) >= 100'000);
}

TEST_CASE_FIXTURE(fixture, "a message that is larger than the whole budget gets through when nothing waits") {
  home.budget().limit(10'000);
  CHECK(add().box->begin_page(50'000) == 50'000);
  CHECK(add().box->begin_page(50'000) == 0);
}

TEST_CASE_FIXTURE(fixture, "what a client that is gone was to read is free again, and it is told nothing") {
  const std::size_t budget = 64 * 1024;
  home.budget().limit(budget);
  while (add().box->begin_page() > 0) {}
  auto& waits = *all.back();
  waits.box->ask_room();
  waits.box->flush();
  waits.box = nullptr;
  for (auto& one : all) one->box = nullptr;
  home.budget().settle();
  CHECK(waits.times_told == 0);
  CHECK(home.budget().allowance() == budget);
}

TEST_CASE_FIXTURE(fixture, "a page that was read is queued although others have taken the rest meanwhile") {
  home.budget().limit(300 * part_bytes);
  auto& one = add();
  one.clog();
  const auto bytes = one.box->begin_page();
  REQUIRE(bytes >= outbox_budget::least_page_bytes);
  for (int i = 0; i < 20; ++i) add().fill();
  std::size_t queued = 0;
  while (queued < bytes && one.box->try_push(part(), 1)) queued += part_bytes;
  CHECK(queued + 3 * part_bytes > bytes);
  one.box->end_page(bytes);
}

TEST_CASE_FIXTURE(fixture, "who waits for room for long gets it at the expense of those that read nothing") {
  home.budget().limit(20 * part_bytes);
  for (int i = 0; i < 20; ++i) add().fill();
  home.budget().settle();
  auto& reads = add();
  REQUIRE(reads.box->begin_page() == 0);
  reads.box->ask_room();
  reads.box->flush();
  const auto begin = outbox_budget::clock::now();
  const auto shed_before = home.stats().outboxes_shed.get();
  home.budget().settle(begin);
  CHECK(reads.times_told == 0);
  CHECK(home.stats().outboxes_shed.get() == shed_before);
  home.budget().settle(begin + std::chrono::seconds{2});
  CHECK(home.stats().outboxes_shed.get() > shed_before);
  CHECK(home.stats().outboxes_stalled.get() > 10);
}

TEST_CASE_FIXTURE(fixture, "last words get past what the socket's own buffer may hold") {
  auto& one = add();
  one.fill();
  one.box->drop_unsent();
  one.box->push(part());
  REQUIRE_FALSE(one.box->empty());
  one.box->flush_last_words();
  CHECK(one.box->empty());
}

}  // TEST_SUITE
