#include "transport/address/proxy_header.hpp"

#include <doctest/doctest.h>

using namespace herald::transport;
using namespace std::string_literals;

namespace {

/// Reads the header as from a socket that gives no more than it is asked for: the client's address, `nobody`, or what is wrong.
/// `left` is what was not read.
std::string read(std::string_view text, std::string_view* left = nullptr) {
  std::string so_far;
  for (;;) {
    const auto found = proxy::read(so_far);
    if (left != nullptr) *left = text;
    if (const auto* wrong = std::get_if<proxy::broken>(&found)) return "broken: " + std::string{wrong->why};
    if (const auto* whose = std::get_if<proxy::client>(&found)) return whose->address ? whose->address->to_string() : "nobody";
    const auto wanted = std::get<proxy::more>(found).bytes;
    REQUIRE(wanted > 0);
    if (text.empty()) return "more";
    so_far += text.substr(0, wanted);
    text.remove_prefix(std::min(wanted, text.size()));
    REQUIRE(so_far.size() <= proxy::max_bytes);
  }
}

const std::string begin = "\r\n\r\n\0\r\nQUIT\n"s;

/// A header of version 2 with its length filled in.
std::string v2(char command, char family, const std::string& rest) {
  return begin + command + family + static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size() & 0xff) + rest;
}

const std::string four = "\xcb\x00\x71\x07\x0a\x00\x00\x01\x12\x34\x1f\x94"s;  // 203.0.113.7 to 10.0.0.1

}  // namespace

TEST_SUITE("proxy_header") {

TEST_CASE("version 1 names the client") {
  CHECK(read("PROXY TCP4 203.0.113.7 10.0.0.1 4660 8084\r\n") == "203.0.113.7");
  CHECK(read("PROXY TCP6 2001:db8::7 2001:db8::1 4660 8084\r\n") == "2001:db8::7");
  CHECK(read("PROXY TCP4 1.1.1.1 1.1.1.1 0 0\r\n") == "1.1.1.1");
}

TEST_CASE("a balancer that speaks for itself names nobody") {
  CHECK(read("PROXY UNKNOWN\r\n") == "nobody");
  CHECK(read("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n") == "nobody");
  CHECK(read(v2('\x20', '\x00', "")) == "nobody");
  CHECK(read(v2('\x20', '\x11', four)) == "nobody");
  CHECK(read(v2('\x20', '\x55', "anything")) == "nobody");
}

TEST_CASE("version 2 names the client") {
  CHECK(read(v2('\x21', '\x11', four)) == "203.0.113.7");
  const auto six = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07" + std::string(16, '\0') + "\x12\x34\x1f\x94";
  CHECK(read(v2('\x21', '\x21', six)) == "2001:db8::7");
}

TEST_CASE("what has no IP address to tell is the balancer's own") {
  CHECK(read(v2('\x21', '\x31', std::string(216, 'x'))) == "nobody");  // a Unix socket
  CHECK(read(v2('\x21', '\x12', four)) == "nobody");                   // datagrams
  CHECK(read(v2('\x21', '\x00', "")) == "nobody");
}

TEST_CASE("not a byte of what follows is read") {
  const auto after = "GET /ws HTTP/1.1\r\n\r\n"s;
  for (const auto& header : {"PROXY UNKNOWN\r\n"s, "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n"s, v2('\x20', '\x00', ""), v2('\x21', '\x11', four),
                             v2('\x21', '\x11', four + "\x04\x00\x02zz"s)}) {
    const auto both = header + after;
    std::string_view left;
    CHECK(read(both, &left).find("broken") == std::string::npos);
    CHECK(left == after);
  }
}

TEST_CASE("a header that is cut off is waited for") {
  const auto whole = v2('\x21', '\x11', four);
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(read(whole.substr(0, i)) == "more");
  const auto line = "PROXY TCP4 203.0.113.7 10.0.0.1 4660 8084\r\n"s;
  for (std::size_t i = 0; i < line.size(); ++i) CHECK(read(line.substr(0, i)) == "more");
}

TEST_CASE("TLVs are skipped, a checksum is checked") {
  CHECK(read(v2('\x21', '\x11', four + "\x04\x00\x02zz\xe0\x00\x00"s)) == "203.0.113.7");
  CHECK(read(v2('\x21', '\x11', four + "\x04\x00\x03zz"s)).starts_with("broken"));
  CHECK(read(v2('\x21', '\x11', four + "\x04\x00"s)).starts_with("broken"));
  CHECK(read(v2('\x21', '\x11', four + "\x03\x00\x04zzzz"s)) == "broken: a wrong checksum");
  CHECK(read(v2('\x21', '\x11', four + "\x03\x00\x02zz"s)).starts_with("broken"));
  // Its CRC-32C, worked out apart from this code.
  CHECK(read(v2('\x21', '\x11', four + "\x03\x00\x04\x64\xad\x67\x13"s)) == "203.0.113.7");
}

TEST_CASE("what is no header is refused at its first wrong byte") {
  for (const auto& text : {"GET /ws HTTP/1.1\r\n"s, "PROXX"s, "\r\n\r\nX"s, "\x16\x03\x01"s, "proxy TCP4"s})
    CHECK_MESSAGE(read(text).starts_with("broken"), text);
}

TEST_CASE("a line that lies about itself is refused") {
  for (const char* text : {"PROXY TCP4 203.0.113.7 10.0.0.1 4660\r\n", "PROXY TCP4 203.0.113.7 10.0.0.1 4660 8084 1\r\n",
                           "PROXY TCP4 2001:db8::7 2001:db8::1 1 1\r\n", "PROXY TCP6 1.1.1.1 1.1.1.1 1 1\r\n", "PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n",
                           "PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n", "PROXY TCP4  1.1.1.1 1.1.1.1 1 1\r\n",
                           "PROXY TCP4 host 1.1.1.1 1 1\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 -1 1\r\n"})
    CHECK_MESSAGE(read(text).starts_with("broken"), text);
  CHECK(read("PROXY TCP4 " + std::string(200, '1')).starts_with("broken"));
}

TEST_CASE("version 2 with a command, a length or addresses that can't be") {
  CHECK(read(v2('\x22', '\x11', four)).starts_with("broken"));
  CHECK(read(v2('\x11', '\x11', four)).starts_with("broken"));
  CHECK(read(v2('\x21', '\x11', four.substr(1))).starts_with("broken"));
  CHECK(read(v2('\x21', '\x21', four)).starts_with("broken"));
  CHECK(read(v2('\x21', '\x11', std::string(2000, '\0'))).starts_with("broken"));
}

}
