#include "tests/contract/support/certificates.hpp"
#include "tests/support/world.hpp"
#include "transport/outbox.hpp"
#include "transport/file_watch.hpp"
#include "transport/tls/port.hpp"

#include <doctest/doctest.h>

#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

using namespace herald;
using namespace herald::transport;
using boost::asio::ip::tcp;
using result = tls_session::result;

namespace {

contract::authority& authority() {
  static contract::authority one;
  return one;
}

std::shared_ptr<const tls_identity> identity() {
  static const auto one = [] {
    const auto files = authority().sign("IP:127.0.0.1");
    return std::get<0>(tls_identity::load({files.certificate, files.key, {}}));
  }();
  return one;
}

/// A client of OpenSSL's own, whose socket does not block.
class tls_client {
public:
  explicit tls_client(int socket) : context_(::SSL_CTX_new(::TLS_client_method())), ssl_(::SSL_new(context_)) {
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    ::SSL_set_fd(ssl_, socket);
    ::SSL_set_connect_state(ssl_);
  }
  ~tls_client() {
    ::SSL_free(ssl_);
    ::SSL_CTX_free(context_);
  }
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  bool handshake() { return ::SSL_do_handshake(ssl_) == 1; }
  SSL* ssl() { return ssl_; }
  void say(std::string_view what) { REQUIRE(::SSL_write(ssl_, what.data(), static_cast<int>(what.size())) > 0); }

  /// What has come up to now.
  std::string arrived() {
    std::string all;
    char part[16 * 1024];
    for (int count = 0; (count = ::SSL_read(ssl_, part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(count));
    return all;
  }

  /// Whether the other side has said its end.
  bool heard_end() const { return (::SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }

private:
  SSL_CTX* context_;
  SSL* ssl_;
};

/// A session and its client, over TCP on loopback with small buffers, the handshake done.
struct fixture {
  test::world w;
  shard home{w.system(), 0};
  tcp::socket near{home.context()};
  tcp::socket far{home.context()};
  std::unique_ptr<tls_session> session;
  std::optional<tls_client> client;

  fixture() {
    tcp::acceptor acceptor{home.context(), {boost::asio::ip::address_v4::loopback(), 0}};
    far.open(tcp::v4());
    far.set_option(boost::asio::socket_base::receive_buffer_size{4096});
    far.connect(acceptor.local_endpoint());
    near = acceptor.accept();
    near.set_option(boost::asio::socket_base::send_buffer_size{4096});
    near.set_option(tcp::no_delay{true});
    client.emplace(far.native_handle());
    session = std::make_unique<tls_session>(identity(), near.native_handle());
    shake_hands();
  }

  void shake_hands() {
    bool here = false, there = false;
    for (int i = 0; i < 100'000 && !(here && there); ++i) {
      there = there || client->handshake();
      if (!here) here = session->handshake() == result::done;
      while (session->has_output() && session->send() >= 0) {}
    }
    REQUIRE((here && there));
  }

  /// Reads at the session until something is to be told.
  result read(std::string& into) {
    char part[256];
    std::size_t count = 0;
    result came;
    do came = session->read(part, sizeof part, count);
    while (came == result::wants_read);
    into.assign(part, count);
    return came;
  }

  std::unique_ptr<outbox> box(outbox_limits limits = {}) {
    return std::make_unique<outbox>(home, std::move(near), limits, std::move(session));
  }

  /// What comes to the client while the shard writes, until it is so much.
  std::string arrived(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      home.context().poll();
      all += client->arrived();
    }
    return all;
  }
};

shared_bytes_ptr bytes(std::string text) {
  return caf::make_counted<const shared_bytes>(std::move(text));
}

void replace(const std::string& file, const std::string& by) {
  std::filesystem::copy_file(by, file + ".new", std::filesystem::copy_options::overwrite_existing);
  std::filesystem::rename(file + ".new", file);
}

}  // namespace

TEST_SUITE("tls") {

TEST_CASE_FIXTURE(fixture, "both sides hear what the other says, and that it ends") {
  std::string heard;
  client->say("hello");
  CHECK(read(heard) == result::done);
  CHECK(heard == "hello");
  CHECK(session->write("welcome", 7) == result::done);
  CHECK(client->arrived().empty());  // nothing is sent by itself
  while (session->has_output()) session->send();
  CHECK(arrived(7) == "welcome");
  session->say_end();
  session->say_end();
  while (session->has_output()) session->send();
  while (!client->heard_end()) CHECK(client->arrived().empty());
  CHECK(session->write("more", 4) == result::failed);
  ::SSL_shutdown(client->ssl());
  CHECK(read(heard) == result::closed);
}

TEST_CASE_FIXTURE(fixture, "a peer that is gone without a goodbye has closed") {
  std::string heard;
  client->say("x");
  far.close();
  CHECK(read(heard) == result::done);
  CHECK(read(heard) == result::closed);
}

TEST_CASE_FIXTURE(fixture, "what breaks the records' protection fails for good, and says why") {
  std::string heard;
  const std::string forged = std::string{"\x17\x03\x03\x00\x40", 5} + std::string(64, 'x');
  REQUIRE(::send(far.native_handle(), forged.data(), forged.size(), 0) == static_cast<ssize_t>(forged.size()));
  CHECK(read(heard) == result::failed);
  CHECK_FALSE(session->why().empty());
  CHECK(read(heard) == result::failed);
  CHECK(session->write("x", 1) == result::failed);
}

TEST_CASE_FIXTURE(fixture, "who asks for new keys without end is read a piece at a time") {
  std::size_t sent = 0;
  const auto ask = [&] {
    ::SSL_key_update(client->ssl(), SSL_KEY_UPDATE_REQUESTED);
    return ::SSL_do_handshake(client->ssl()) == 1;
  };
  while (sent < 100'000 && ask()) ++sent;  // until the socket is full
  int waiting = 0;
  ::ioctl(near.native_handle(), FIONREAD, &waiting);
  REQUIRE(waiting > 70'000);
  char byte;
  std::size_t count = 0;
  CHECK(session->read(&byte, 1, count) == result::wants_read);
  int left = 0;
  ::ioctl(near.native_handle(), FIONREAD, &left);
  CHECK(left > 0);
  CHECK(left < waiting);
}

TEST_CASE_FIXTURE(fixture, "an outbox joins what waits and sends it in one system call") {
  auto out = box();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const auto text = std::to_string(i) + ' ';
    all += text;
    REQUIRE(out->try_push(bytes(text), 1));
  }
  out->flush();
  CHECK(home.stats().flushes.get() == 1);
  CHECK(out->empty());
  CHECK(out->bytes() == 0);
  CHECK(out->messages() == 0);
  CHECK(out->written() > all.size());  // with what TLS adds
  CHECK(out->written() < all.size() + 50);
  CHECK(arrived(all.size()) == all);
}

TEST_CASE_FIXTURE(fixture, "a client that reads slowly gets everything, cut wherever its socket was full") {
  auto out = box();
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const auto text = std::to_string(i) + std::string(997, 'x');
    all += text;
    REQUIRE(out->try_push(bytes(text), 1));
  }
  out->flush();
  CHECK_FALSE(out->empty());
  CHECK(arrived(all.size()) == all);
  CHECK(out->empty());
  CHECK(out->bytes() == 0);
  out->push(bytes("bye"));
  out->flush();
  out->say_end();
  CHECK(arrived(3) == "bye");
  while (!client->heard_end()) client->arrived();
}

TEST_CASE_FIXTURE(fixture, "what is dropped is dropped between messages, never within one that is encrypted in part") {
  auto out = box();
  std::size_t sent = 0;
  for (; out->bytes() < 100'000; ++sent) {  // more than is encrypted at a time
    out->push(bytes(std::string(1000, 'c')));
    out->flush();
  }
  out->push(bytes("dropped"));
  out->drop_unsent();
  out->push(bytes("bye"));
  std::string all;
  while (!all.ends_with("bye")) all += arrived(1);
  CHECK(all.find("dropped") == std::string::npos);
  CHECK((all.size() - 3) % 1000 == 0);
  CHECK(all.size() < sent * 1000);
  CHECK(out->empty());
}

TEST_CASE("files that are replaced one after the other are read once both have settled; what was given out stays good") {
  auto files = authority().sign("DNS:a.test");
  const auto next = authority().sign("DNS:b.test");
  tls_port port{"test", {files.certificate, files.key, {}}};
  file_watch watch;
  watch.add(port.files(), [&] { port.reload(); });
  REQUIRE_FALSE(port.load());
  const auto first = port.identity();
  watch.look();
  watch.look();
  CHECK(port.identity() == first);
  replace(files.certificate, next.certificate);
  watch.look();  // caught in between: it has only just changed
  replace(files.key, next.key);
  watch.look();
  CHECK(port.identity() == first);
  CHECK(port.reloads() == 0);
  watch.look();
  CHECK(port.identity() != first);
  CHECK(port.reloads() == 1);
  CHECK(port.failed_reloads() == 0);
  CHECK(first->not_after() > 0);
}

TEST_CASE("a broken file is said once, and the old one stays until it is mended") {
  auto files = authority().sign("DNS:a.test");
  const auto next = authority().sign("DNS:b.test");
  tls_port port{"test", {files.certificate, files.key, {}}};
  file_watch watch;
  watch.add(port.files(), [&] { port.reload(); });
  REQUIRE_FALSE(port.load());
  const auto first = port.identity();
  replace(files.key, next.key);
  for (int i = 0; i < 5; ++i) watch.look();
  CHECK(port.failed_reloads() == 1);
  std::filesystem::remove(files.certificate);
  for (int i = 0; i < 5; ++i) watch.look();
  CHECK(port.failed_reloads() == 2);
  CHECK(port.identity() == first);
  replace(files.certificate, next.certificate);
  for (int i = 0; i < 5; ++i) watch.look();
  CHECK(port.reloads() == 1);
  CHECK(port.identity() != first);
}

TEST_CASE("what is wrong with a file names the file and what to give") {
  const auto files = authority().sign("DNS:a.test");
  const auto other = authority().sign("DNS:b.test");
  const auto wrong = [](const tls_files& from) { return std::get<tls_problem>(tls_identity::load(from)); };
  using file = tls_problem::file;
  CHECK(wrong({"/nowhere.pem", files.key, {}}).which == file::certificate);
  CHECK(wrong({"/nowhere.pem", files.key, {}}).why.find("No such file") != std::string::npos);
  CHECK(wrong({files.key, files.key, {}}).which == file::certificate);
  CHECK(wrong({files.certificate, "/", {}}).which == file::key);
  CHECK(wrong({files.certificate, files.certificate, {}}).which == file::key);
  CHECK(wrong({files.certificate, other.key, {}}).which == file::key);
  CHECK(wrong({files.certificate, other.key, {}}).why.find("not the key of the certificate") != std::string::npos);
  CHECK(wrong({files.certificate, files.key, files.key}).which == file::client_ca);
  CHECK(tls_identity::load({files.certificate, files.key, authority().trusted()}).index() == 0);
}

}
