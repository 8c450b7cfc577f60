#include <doctest/doctest.h>

#include "backplane/redis/tls.hpp"
#include "tests/contract/support/backplanes.hpp"
#include "tests/contract/support/captured_log.hpp"
#include "tests/contract/support/tls_redis.hpp"

using namespace herald;
using namespace herald::contract;

/// Redis over TLS: who is believed, and that nothing else changes.
TEST_SUITE_BEGIN("redis tls");

namespace {

const auto alice = channel::user("alice");

std::shared_ptr<backplane::tls_identity> loaded(const backplane::tls_files& from) {
  auto result = backplane::load_tls(from);
  if (auto* wrong = std::get_if<std::string>(&result)) FAIL(*wrong);
  return std::get<0>(result);
}

backplane::tls_files client_of(authority& trust) {
  auto own = trust.sign("DNS:herald.test");
  return {.ca = trust.trusted(), .certificate = own.certificate, .key = own.key};
}

backplane::redis_options options_for(const tls_redis& server, const backplane::tls_files& files, std::string host = "127.0.0.1") {
  auto options = contract::options_for(server.server, backplane::redis_options::mode::channel);
  options.hosts = {{std::move(host), server.port}};
  options.tls = loaded(files);
  return options;
}

/// Whether a node with these options delivers what it publishes.
void check_delivers(const backplane::redis_options& options) {
  node one{redis_node(options)};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  static int number = 0;
  CHECK_FALSE(accepted(one.publish(to_user("alice", "1", "id-" + std::to_string(++number)))).repeated);
  CHECK(directory.heard->items(1).size() == 1);
}

void check_refused(const backplane::redis_options& options, std::initializer_list<std::string_view> said) {
  captured_log log;
  node one{redis_node(options)};
  CHECK(eventually([&] { return log.count(said) > 0; }));
  CHECK_FALSE(one.status().publishing);
  CHECK_FALSE(one.status().subscribed);
}

}  // namespace

TEST_CASE("both sides show a certificate, and much goes through in order") {
  tls_redis server;
  node one{redis_node(options_for(server, client_of(server.trust)))};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  std::vector<publication> all;
  for (std::size_t i = 0; i < 300; ++i)  // many TLS records each, for the later ones
    all.push_back(to_user("alice", '"' + std::string(i * 300, 'x') + '"', "m" + std::to_string(i)));
  for (const auto& answer : one.publish_all(all)) accepted(answer);
  auto items = directory.heard->items(all.size());
  REQUIRE(items.size() == all.size());
  for (std::size_t i = 0; i < items.size(); ++i) REQUIRE(items[i].what.data == all[i].data);
}

TEST_CASE("the certificate must be for the host that was asked for") {
  tls_redis server{"DNS:localhost,DNS:redis.test"};
  auto files = client_of(server.trust);
  check_delivers(options_for(server, files, "localhost"));
  check_refused(options_for(server, files), {"redis_certificate_refused", "IP address mismatch"});
  files.server_name = "redis.test";
  check_delivers(options_for(server, files));
  files.server_name = "other.test";
  check_refused(options_for(server, files), {"redis_certificate_refused", "hostname mismatch"});
  files.verify_name = false;
  check_delivers(options_for(server, files));
}

TEST_CASE("a certificate that nobody trusted has signed is refused, whatever its name") {
  tls_redis server;
  authority other;
  auto files = client_of(server.trust);
  for (bool verify_name : {true, false}) {
    files.verify_name = verify_name;
    files.ca = other.trusted();
    check_refused(options_for(server, files), {"redis_certificate_refused"});
    files.ca = {};
    check_refused(options_for(server, files), {"redis_certificate_refused"});
  }
}

TEST_CASE("without the certificate that Redis asks for there is no connection") {
  tls_redis server;
  check_refused(options_for(server, {.ca = server.trust.trusted()}), {"redis_unreachable"});
}

TEST_CASE("a server without TLS is not talked to") {
  tls_redis server;
  auto options = options_for(server, client_of(server.trust));
  options.hosts = {{"127.0.0.1", server.server.port()}};
  check_refused(options, {"redis_unreachable"});
}

TEST_CASE("a TLS server that comes back is found again") {
  tls_redis server;
  node one{redis_node(options_for(server, client_of(server.trust)))};
  REQUIRE(one.wait_until_there());
  auto directory = one.listen();
  one.subscribe_live(directory, alice);
  server.server.kill();
  CHECK(eventually([&] { return !one.status().publishing && !one.status().subscribed; }));
  server.server.start();
  REQUIRE(one.wait_until_there());
  accepted(one.publish(to_user("alice", "1", "a")));
  CHECK(directory.heard->items(1).size() == 1);
}

TEST_CASE("a file that is no good is named") {
  authority trust;
  auto own = trust.sign("DNS:herald.test");
  auto other = trust.sign("DNS:herald.test");
  const auto wrong_with = [](const backplane::tls_files& files) {
    auto result = backplane::load_tls(files);
    auto* wrong = std::get_if<std::string>(&result);
    return wrong != nullptr ? *wrong : std::string{};
  };
  CHECK(wrong_with({.ca = "/nowhere/ca.pem"}).find("/nowhere/ca.pem") != std::string::npos);
  CHECK(wrong_with({.ca = own.key}).find(own.key) != std::string::npos);
  CHECK(wrong_with({.certificate = "/nowhere/cert.pem", .key = own.key}).find("/nowhere/cert.pem") != std::string::npos);
  CHECK(wrong_with({.certificate = own.certificate, .key = other.key}).find(other.key) != std::string::npos);
  CHECK(wrong_with({.ca = trust.trusted(), .certificate = own.certificate, .key = own.key}).empty());
}

TEST_SUITE_END();
