#include "transport/stalled_outboxes.hpp"

#include "tests/support/world.hpp"
#include "transport/outbox.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

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
  caf::ref_counted& counted() noexcept override { return *this; }

  std::unique_ptr<outbox> box;
  int times_shed = 0;

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

TEST_SUITE("stalled outboxes") {

TEST_CASE_FIXTURE(fixture, "one slow client may hold what its own limits allow") {
  home.stalled().budget(10 << 20);
  auto& one = add({100 * part_bytes, 10'000});
  one.fill();
  CHECK(one.box->bytes() > 98 * part_bytes);
  CHECK(one.box->bytes() <= 100 * part_bytes);
  CHECK(home.stats().outboxes_stalled.get() == 1);
  CHECK(home.stats().outbox_stalled_bytes.get() == one.box->bytes());
}

TEST_CASE_FIXTURE(fixture, "many slow clients share the budget, and never go over it") {
  const std::size_t budget = 200 * part_bytes;
  home.stalled().budget(budget);
  for (int i = 0; i < 20; ++i) add({100 * part_bytes, 10'000}).clog();
  for (auto& one : all) one->fill();
  CHECK(waiting() <= budget);
  CHECK(waiting() > budget / 2);
  CHECK(home.stats().outbox_stalled_bytes.get() == waiting());
  CHECK_FALSE(home.stalled().is_over());
}

TEST_CASE_FIXTURE(fixture, "a client that reads gives back what it held, and one that leaves does") {
  const std::size_t budget = 200 * part_bytes;
  home.stalled().budget(budget);
  auto& one = add({100 * part_bytes, 10'000});
  one.fill();
  add().fill();
  one.read_all(home);
  CHECK(home.stats().outboxes_stalled.get() == 1);
  CHECK(home.stats().outbox_stalled_bytes.get() == all[1]->box->bytes());
  all[1]->box = nullptr;
  CHECK(home.stats().outboxes_stalled.get() == 0);
  CHECK(home.stalled().allowance() == budget);
}

TEST_CASE_FIXTURE(fixture, "a client that reads is not held up by those that don't") {
  home.stalled().budget(50 * part_bytes);
  for (int i = 0; i < 10; ++i) add().fill();
  auto& reads = add({100 * part_bytes, 10'000});
  for (int i = 0; i < 500; ++i) {
    CHECK(reads.box->try_push(part(), 1));
    reads.box->flush();
    reads.read_all(home);
  }
}

TEST_CASE_FIXTURE(fixture, "over the budget the largest are shed, and no more of them than it takes") {
  home.stalled().budget(100 * part_bytes);
  const std::size_t sizes[] = {10, 60, 20, 30};
  for (auto size : sizes) {
    auto& one = add();
    one.clog();
    for (std::size_t i = 0; i < size; ++i) one.box->push(part());  // as events are: whatever waits
  }
  REQUIRE(home.stalled().is_over());
  home.stalled().shed();
  CHECK_FALSE(home.stalled().is_over());
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
  home.stalled().budget(part_bytes / 2);
  for (int i = 0; i < 5; ++i) add().clog();
  for (int turn = 0; turn < 3; ++turn)
    if (home.stalled().is_over()) home.stalled().shed();
  CHECK_FALSE(home.stalled().is_over());
  CHECK(home.stats().outboxes_shed.get() <= 5);
  for (const auto& one : all) CHECK(one->times_shed <= 1);
}

TEST_CASE_FIXTURE(fixture, "room is told of only when a page of a log fits") {
  home.stalled().budget(400 * part_bytes);
  auto& one = add({100 * part_bytes, 10'000});
  one.fill();
  bool has_room = false;
  one.box->when_half_empty([&] { has_room = true; });
  one.box->flush();
  CHECK_FALSE(has_room);
  one.read_all(home);
  CHECK(has_room);
}

}  // TEST_SUITE
