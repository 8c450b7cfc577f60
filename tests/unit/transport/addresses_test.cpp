#include "transport/address/allowed_origins.hpp"
#include "transport/address/forwarded_for.hpp"
#include "transport/address/ip_address.hpp"

#include <doctest/doctest.h>

using namespace herald::transport;

namespace {

ip_address ip(std::string_view text) {
  auto result = ip_address::parse(text);
  REQUIRE_MESSAGE(result.has_value(), text);
  return *result;
}

std::vector<ip_network> networks(std::initializer_list<std::string_view> texts) {
  std::vector<ip_network> result;
  for (const auto text : texts) {
    auto one = ip_network::parse(text);
    REQUIRE_MESSAGE(one.has_value(), text);
    result.push_back(*one);
  }
  return result;
}

bool has(std::string_view network, std::string_view address) {
  return networks({network})[0].contains(ip(address));
}

std::string behind(std::string_view peer, std::vector<std::string_view> lines) {
  return client_behind(ip(peer), lines, networks({"10.0.0.0/8", "2001:db8::/32"})).to_string();
}

allowed_origins origins(std::string_view text, allowed_origins::otherwise unsaid = allowed_origins::otherwise::same_host) {
  allowed_origins result;
  REQUIRE_FALSE(allowed_origins::parse(text, unsaid, result).has_value());
  return result;
}

}  // namespace

TEST_SUITE("ip_address") {

TEST_CASE("an IPv4 address is the same however a socket says it") {
  CHECK(ip("::ffff:192.0.2.1") == ip("192.0.2.1"));
  CHECK(ip("::ffff:192.0.2.1").to_string() == "192.0.2.1");
  CHECK(ip("192.0.2.1").is_v4());
  CHECK_FALSE(ip("::1").is_v4());
  CHECK(ip("2001:DB8:0::1").to_string() == "2001:db8::1");
}

TEST_CASE("only an address is one") {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "::g", "localhost", " 1.2.3.4",
                           "1:2:3:4:5:6:7:8:9", "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222"})
    CHECK_FALSE_MESSAGE(ip_address::parse(text).has_value(), text);
  CHECK_FALSE(ip_address::parse(std::string_view{"1.2.3.4\0", 8}).has_value());
}

TEST_CASE("loopback is this machine in either version") {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) CHECK(ip(text).is_loopback());
  for (const char* text : {"128.0.0.1", "::2", "0.0.0.0", "::"}) CHECK_FALSE(ip(text).is_loopback());
}

TEST_CASE("IPv6 is counted by its /64, IPv4 by the address") {
  CHECK(ip("2001:db8:1:2:3:4:5:6").counted() == ip("2001:db8:1:2::"));
  CHECK(ip("2001:db8:1:2::1").counted() == ip("2001:db8:1:2:ffff::").counted());
  CHECK_FALSE(ip("2001:db8:1:2::1").counted() == ip("2001:db8:1:3::1").counted());
  CHECK_FALSE(ip("192.0.2.1").counted() == ip("192.0.2.2").counted());
}

}

TEST_SUITE("ip_network") {

TEST_CASE("a network has the addresses that begin like it") {
  CHECK(has("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(has("10.0.0.0/8", "11.0.0.1"));
  CHECK(has("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK(has("192.0.2.128/25", "192.0.2.129"));
  CHECK_FALSE(has("192.0.2.128/25", "192.0.2.127"));
  CHECK(has("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(has("192.0.2.7", "192.0.2.6"));
  CHECK(has("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(has("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(has("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(has("0.0.0.0/0", "2001:db8::1"));
  CHECK(has("::/0", "2001:db8::1"));
}

TEST_CASE("what is no network is refused, a slip of the pen too") {
  for (const char* text : {"", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.1/8", "10/8", "host/8", "2001:db8::1/32"})
    CHECK_FALSE_MESSAGE(ip_network::parse(text).has_value(), text);
}

}

TEST_SUITE("forwarded_for") {

TEST_CASE("who is no trusted proxy speaks for itself, whatever it says") {
  CHECK(behind("192.0.2.9", {"203.0.113.1"}) == "192.0.2.9");
  CHECK(behind("192.0.2.9", {"10.0.0.1, 10.0.0.2"}) == "192.0.2.9");
}

TEST_CASE("behind a trusted proxy it is the rightmost address that is not ours") {
  CHECK(behind("10.0.0.1", {"203.0.113.1"}) == "203.0.113.1");
  CHECK(behind("10.0.0.1", {"1.1.1.1, 203.0.113.1"}) == "203.0.113.1");
  CHECK(behind("10.0.0.1", {"203.0.113.1, 10.0.0.7"}) == "203.0.113.1");
  CHECK(behind("10.0.0.1", {"1.1.1.1", "203.0.113.1", "10.0.0.7, 10.0.0.8"}) == "203.0.113.1");
  CHECK(behind("10.0.0.1", {"10.0.0.2, 10.0.0.3"}) == "10.0.0.2");
  CHECK(behind("10.0.0.1", {}) == "10.0.0.1");
  CHECK(behind("::ffff:10.0.0.1", {"203.0.113.1"}) == "203.0.113.1");
}

TEST_CASE("addresses as proxies write them") {
  CHECK(behind("10.0.0.1", {"203.0.113.1:4711"}) == "203.0.113.1");
  CHECK(behind("10.0.0.1", {"[2001:db9::1]:4711"}) == "2001:db9::1");
  CHECK(behind("10.0.0.1", {"[2001:db9::1]"}) == "2001:db9::1");
  CHECK(behind("10.0.0.1", {"2001:db9::1"}) == "2001:db9::1");
  CHECK(behind("2001:db8::5", {"\t203.0.113.1  ,  "}) == "203.0.113.1");
}

TEST_CASE("where the chain can't be read, the last address that could be counts") {
  CHECK(behind("10.0.0.1", {"203.0.113.1, unknown"}) == "10.0.0.1");
  CHECK(behind("10.0.0.1", {"203.0.113.1, _hidden, 10.0.0.7"}) == "10.0.0.7");
  CHECK(behind("10.0.0.1", {"[203.0.113.1"}) == "10.0.0.1");
  CHECK(behind("10.0.0.1", {std::string_view{}}) == "10.0.0.1");
  const std::string huge = "203.0.113.1," + std::string(5000, 'x');
  CHECK(behind("10.0.0.1", {huge}) == "10.0.0.1");
}

TEST_CASE("a chain of our own proxies is not followed for ever") {
  std::string chain = "203.0.113.1";
  for (int i = 0; i < 31; ++i) chain += ",10.0.0.9";
  CHECK(behind("10.0.0.1", {chain}) == "203.0.113.1");
  CHECK(behind("10.0.0.1", {chain + ",10.0.0.9"}) == "10.0.0.9");
}

}

TEST_SUITE("allowed_origins") {

TEST_CASE("who is no browser may connect") {
  CHECK(origins("https://a.example.com").allows("", "a.example.com"));
}

TEST_CASE("only the origins that are listed, with their scheme and port") {
  const auto some = origins("https://a.example.com,http://localhost:3000,https://*.example.org");
  CHECK(some.allows("https://a.example.com", "x"));
  CHECK(some.allows("HTTPS://A.Example.Com", "x"));
  CHECK(some.allows("http://localhost:3000", "x"));
  CHECK(some.allows("https://b.example.org", "x"));
  CHECK(some.allows("https://c.b.example.org", "x"));
  for (const char* no : {"http://a.example.com", "https://a.example.com:444", "https://b.example.com", "http://localhost", "https://example.org",
                         "https://badexample.org", "https://example.org.evil.com", "https://*.example.org", "null", "a.example.com",
                         "https://a.example.com/", "https://a.example.com@evil.com", "https://", "ftp://a.example.com", "https://x"})
    CHECK_FALSE_MESSAGE(some.allows(no, "x"), no);
}

TEST_CASE("auto without authentication: the host itself and this machine") {
  const auto some = origins("auto");
  CHECK(some.allows("https://app.example.com", "app.example.com"));
  CHECK(some.allows("https://app.example.com:8443", "App.example.com:8084"));
  CHECK(some.allows("http://[2001:db8::1]:80", "[2001:db8::1]:8084"));
  for (const char* local : {"http://127.0.0.1:9084", "http://localhost:3000", "http://[::1]:9084", "http://app.localhost"}) CHECK(some.allows(local, "127.0.0.1:8084"));
  for (const char* no : {"https://evil.com", "null", "https://127.0.0.1.evil.com", "https://localhost.evil.com", "https://app.example.com.evil.com"})
    CHECK_FALSE_MESSAGE(some.allows(no, "app.example.com"), no);
}

TEST_CASE("all, and none but those listed") {
  CHECK(origins("*").allows("https://evil.com", "x"));
  CHECK(origins("*").allows("null", "x"));
  CHECK(origins("auto", allowed_origins::otherwise::any).allows("https://evil.com", "x"));
  CHECK(origins("null").allows("null", "x"));
  CHECK_FALSE(origins("https://a.example.com").allows("http://127.0.0.1", "127.0.0.1"));
  CHECK_FALSE(origins("*").allows(std::string(1 << 16, 'x'), "x") == false);
  CHECK_FALSE(origins("auto").allows("https://" + std::string(600, 'a'), std::string(600, 'a')));
}

TEST_CASE("what is no origin is refused by name") {
  for (const char* text : {"", "example.com", "https://", "https://a.example.com/", "https://a/b", "https://*", "https://a.*.com", "ws://a", "https://a,", "https://a b"}) {
    allowed_origins ignored;
    CHECK_MESSAGE(allowed_origins::parse(text, allowed_origins::otherwise::none, ignored).has_value(), text);
  }
}

}
