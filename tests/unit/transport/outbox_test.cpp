#include "transport/outbox.hpp"

#include "tests/support/world.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

#include <memory>

#include <sys/socket.h>

using namespace herald;
using namespace herald::transport;
using boost::asio::ip::tcp;

namespace {

shared_bytes_ptr bytes(std::string text) {
  return caf::make_counted<const shared_bytes>(std::move(text));
}

/// An outbox over TCP on loopback, on a shard whose turns are the test's; `peer` reads at the other end.
struct fixture {
  test::world w;
  shard home{w.system(), 0};
  tcp::socket peer{home.context()};
  std::optional<outbox> box;

  void open(outbox_limits limits = {}) {
    tcp::acceptor acceptor{home.context(), {boost::asio::ip::address_v4::loopback(), 0}};
    tcp::socket client{home.context()};
    client.open(tcp::v4());
    client.set_option(boost::asio::socket_base::receive_buffer_size{4096});  // so that it soon takes no more
    client.connect(acceptor.local_endpoint());
    auto socket = acceptor.accept();
    socket.set_option(boost::asio::socket_base::send_buffer_size{4096});
    client.non_blocking(true);
    peer = std::move(client);
    box.emplace(home, std::move(socket), limits);
  }

  /// What has come to the peer up to now.
  std::string arrived() {
    std::string all(1 << 20, '\0');
    std::size_t size = 0;
    boost::system::error_code error;
    while (!error && size < all.size()) size += peer.read_some(boost::asio::buffer(all.data() + size, all.size() - size), error);
    all.resize(size);
    return all;
  }

  /// Reads until `size` bytes have come, with the shard writing whenever the socket takes more.
  std::string arrived(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      home.context().poll();
      all += arrived();
      REQUIRE(peer.is_open());
    }
    return all;
  }

  /// Queues until the socket takes no more; returns what was queued.
  std::string clog() {
    std::string queued;
    const std::string part(1000, 'c');
    while (box->empty()) {
      box->push(bytes(part));
      queued += part;
      box->flush();
    }
    return queued;
  }
};

}  // namespace

TEST_SUITE("outbox") {

TEST_CASE_FIXTURE(fixture, "what is queued arrives in order, in one system call") {
  open();
  for (auto* text : {"one ", "two ", "three"}) CHECK(box->try_push(bytes(text), 1));
  CHECK(box->bytes() == 13);
  CHECK(box->messages() == 3);
  CHECK(arrived().empty());  // not before the turn ends
  box->flush();
  CHECK(arrived(13) == "one two three");
  CHECK(box->empty());
  CHECK(box->bytes() == 0);
  CHECK(box->messages() == 0);
  CHECK(home.stats().flushes.get() == 1);
  CHECK(home.stats().delivered_bytes.get() == 13);
}

TEST_CASE_FIXTURE(fixture, "who watches is told once the kernel has what was queued up to then, and not before") {
  open();
  std::string told;
  box->push(bytes("one"));
  box->watch([&] { told += '1'; });
  box->push(bytes("two"));
  box->watch([&] { told += '2'; });
  CHECK(told.empty());
  box->flush();
  CHECK(told == "12");
  const auto clogged = clog();
  box->push(bytes(std::string(100'000, 'x')));
  box->watch([&] { told += '3'; });
  box->push(bytes("!"));
  box->watch([&] { told += '4'; });
  CHECK(told == "12");
  CHECK(arrived(6 + clogged.size() + 100'001).back() == '!');
  CHECK(told == "1234");
}

TEST_CASE_FIXTURE(fixture, "of what is dropped nobody is told that it was written, whatever is written after it") {
  open();
  bool told = false;
  const auto clogged = clog();
  box->push(bytes(std::string(1000, 'x')));
  box->watch([&] { told = true; });
  const auto gone = clogged.size() + 1000 - box->bytes();
  box->drop_unsent();
  const auto left = box->bytes();
  box->push(bytes(std::string(5000, 'y')));
  CHECK(arrived(gone + left + 5000).back() == 'y');
  CHECK(box->empty());
  CHECK_FALSE(told);
}

TEST_CASE_FIXTURE(fixture, "more buffers than one system call takes arrive in order too") {
  open();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const auto text = std::to_string(i) + ' ';
    all += text;
    box->push(bytes(text));
  }
  box->flush();
  CHECK(arrived(all.size()) == all);
}

TEST_CASE_FIXTURE(fixture, "a client that reads slowly gets everything, cut wherever its socket was full") {
  open();
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const auto text = std::to_string(i) + std::string(997, 'x');
    all += text;
    REQUIRE(box->try_push(bytes(text), 1));
  }
  box->flush();
  CHECK_FALSE(box->empty());
  CHECK(arrived(all.size()) == all);
  CHECK(box->empty());
  CHECK(box->bytes() == 0);
  CHECK(box->messages() == 0);
}

TEST_CASE_FIXTURE(fixture, "over its bytes it takes no more, and takes more again when the client has read") {
  open({10'000, 1'000'000});
  auto size = clog().size();
  const auto before = box->bytes();
  REQUIRE(before <= 10'000);
  CHECK(box->try_push(bytes(std::string(10'000 - before, 'a')), 1));
  CHECK_FALSE(box->try_push(bytes("b"), 1));
  CHECK(box->bytes() == 10'000);
  box->push(bytes("!"));  // an event is let in
  size += 10'000 - before + 1;
  const auto all = arrived(size);
  CHECK(all.back() == '!');
  CHECK(all.find('b') == std::string::npos);
  CHECK(box->try_push(bytes("b"), 1));
}

TEST_CASE_FIXTURE(fixture, "over its messages it takes no more") {
  open({1'000'000, 5});
  clog();
  CHECK(box->try_push(bytes("aa"), 3));
  CHECK_FALSE(box->try_push(bytes("bbb"), 3));
  CHECK(box->try_push(bytes("cc"), 2));
  CHECK_FALSE(box->try_push(bytes("d"), 1));
  CHECK(box->messages() == 5);
}

TEST_CASE_FIXTURE(fixture, "a run that is over the limit by itself gets through to a client that keeps up") {
  open({100, 5});
  CHECK(box->try_push(bytes(std::string(3000, 'a')), 50));
  box->flush();
  CHECK(arrived(3000) == std::string(3000, 'a'));
}

TEST_CASE_FIXTURE(fixture, "what comes in one turn may be more than the limit, for a client that keeps up") {
  open({1'000, 5});
  for (int i = 0; i < 20; ++i) CHECK(box->try_push(bytes(std::string(100, 'a')), 1));
  box->flush();
  CHECK(arrived(2000) == std::string(2000, 'a'));
}

TEST_CASE_FIXTURE(fixture, "what is dropped is dropped between messages, never within one") {
  open();
  const auto sent = clog();
  const auto cut_open = box->bytes() > 0;
  REQUIRE(cut_open);
  CHECK(box->try_push(bytes("dropped"), 1));
  CHECK(box->try_push(bytes("dropped"), 1));
  box->drop_unsent();
  CHECK(box->messages() == 0);
  box->push(bytes("bye"));
  // All that had begun is whole: the stream is a run of 1,000-byte messages and the last word.
  std::string all;
  while (!box->empty()) {
    home.context().poll();
    all += arrived();
  }
  all += arrived(3 - std::min<std::size_t>(3, all.size()));
  CHECK(all.ends_with("bye"));
  CHECK(all.find("dropped") == std::string::npos);
  CHECK((all.size() - 3) % 1000 == 0);
  CHECK(all.size() <= sent.size() + 3);
}

TEST_CASE_FIXTURE(fixture, "a connection that broke takes nothing, keeps nothing, and its read ends") {
  open();
  clog();
  peer.set_option(boost::asio::socket_base::linger{true, 0});
  peer.close();  // a reset
  bool read_ended = false;
  char byte;
  box->socket().async_read_some(boost::asio::buffer(&byte, 1), [&](const boost::system::error_code& error, std::size_t) { read_ended = !!error; });
  while (!read_ended || !box->empty()) home.context().run_one();
  box->push(bytes("x"));
  box->flush();
  CHECK(box->empty());
  CHECK(box->bytes() == 0);
}

TEST_CASE_FIXTURE(fixture, "an outbox may end before its turn is over") {
  open();
  box->push(bytes("x"));
  box.reset();
  home.start();
  home.stop();  // whose last turn flushes what is dirty
}

TEST_CASE_FIXTURE(fixture, "an outbox that was written out before its turn and has ended is not touched in its turn") {
  open();
  auto closing = std::make_unique<outbox>(home, std::move(box->socket()), outbox_limits{});
  closing->push(bytes("goodbye"));
  closing->flush();  // as closing a connection does
  closing.reset();
  home.start();
  home.stop();  // after its last turn; AddressSanitizer tells of a touch
  CHECK(arrived() == "goodbye");
}

}
