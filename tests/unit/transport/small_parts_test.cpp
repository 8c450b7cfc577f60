#include "transport/client_query.hpp"
#include "transport/close_codes.hpp"
#include "transport/protocol/time_text.hpp"
#include "transport/websocket_frame.hpp"

#include "tests/support/recording_link.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <limits>

using namespace herald;
using namespace herald::transport;

namespace {

std::string time_text(std::int64_t ms) {
  std::string out;
  append_time(out, ms);
  return out;
}

std::string frame(std::size_t payload_bytes) {
  std::string out = "before";
  append_text_frame(out, std::string(payload_bytes, 'x'));
  REQUIRE(out.starts_with("before"));
  return out.substr(6);
}

/// What the query says, `user groups…`, or the field at fault.
std::string query(std::string_view text, std::size_t max_groups = 100) {
  auto read = read_client_query(text, max_groups);
  if (auto* why = std::get_if<failure>(&read)) return std::string{to_string(why->code)} + ' ' + why->field;
  auto& who = *std::get<0>(read);
  who.out = test::make_link();
  CHECK_FALSE(who.session_id.empty());
  std::string out = who.user;
  for (const auto& group : who.groups) out += ' ' + group.name();
  for (const auto& [name, position] : who.resume) out += ' ' + name + '=' + to_string(position);
  if (!who.device.empty()) out += " on " + who.device;
  return out;
}

}  // namespace

TEST_SUITE("time_text") {

TEST_CASE("a time is RFC 3339 in UTC with milliseconds") {
  CHECK(time_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(time_text(1'795'348'800'007) == "2026-11-22T12:00:00.007Z");
  CHECK(time_text(1'709'164'799'999) == "2024-02-28T23:59:59.999Z");
  CHECK(time_text(1'709'164'800'000) == "2024-02-29T00:00:00.000Z");
  CHECK(time_text(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
  CHECK(time_text(-1) == "1969-12-31T23:59:59.999Z");
}

}

TEST_SUITE("websocket_frame") {

TEST_CASE("a text frame's header has the size in 1, 3 or 9 bytes (RFC 6455, section 5.2)") {
  using namespace std::string_literals;
  CHECK(frame(0) == "\x81\x00"s);
  CHECK(frame(5) == "\x81\x05xxxxx"s);
  CHECK(frame(125).substr(0, 3) == "\x81\x7dx"s);
  CHECK(frame(126).substr(0, 5) == "\x81\x7e\x00\x7ex"s);
  CHECK(frame(65'535).substr(0, 5) == "\x81\x7e\xff\xffx"s);
  CHECK(frame(65'536).substr(0, 11) == "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00x"s);
  CHECK(frame(65'536).size() == 10 + 65'536);
}

}

TEST_SUITE("close_codes") {

TEST_CASE("docs/protocol.md has every close code") {
  std::ifstream file{HERALD_SOURCE_ROOT "/docs/protocol.md"};
  REQUIRE(file.good());
  const std::string doc{std::istreambuf_iterator<char>{file}, {}};
  for (auto why : {close_reason::client_left, close_reason::silent, close_reason::shutdown, close_reason::binary, close_reason::bad_utf8,
                   close_reason::bad_frame, close_reason::abuse, close_reason::too_large, close_reason::internal, close_reason::drain,
                   close_reason::slow, close_reason::kicked, close_reason::expired}) {
    const auto what = code_of(why);
    const auto reason = what.reason.empty() ? std::string{} : " `" + std::string{what.reason} + '`';
    CHECK_MESSAGE(doc.find("| " + std::to_string(what.code) + " |" + reason) != std::string::npos, test::to_text(why));
  }
}

TEST_CASE("a close frame's reason fits into a control frame (RFC 6455, section 5.5)") {
  for (int i = 0; i <= static_cast<int>(close_reason::expired); ++i) CHECK(code_of(static_cast<close_reason>(i)).reason.size() <= 123);
}

}

TEST_SUITE("client_query") {

TEST_CASE("a client says who it is") {
  CHECK(query("user=42") == "42");
  CHECK(query("user=alice%40example.org") == "alice@example.org");
  CHECK(query("x=1&user=a%2Fb&y") == "a/b");
  CHECK(query("user=a%2Bb") == "a+b");
  CHECK(query("user=a+b") == "a+b");
  CHECK(query("user=42&groups=g1,g2,g1&device=phone-1") == "42 group:g1 group:g2 on phone-1");
  CHECK(query("user=42&groups=") == "42");
  CHECK(query("user=42&resume=%7B%22user%22%3A%22abc.17.f%22%7D") == "42 user=abc.17.f");
}

TEST_CASE("what is wrong with it is named") {
  CHECK(query("") == "bad_field user");
  CHECK(query("user=") == "bad_field user");
  CHECK(query("user=broadcast") == "bad_field user");
  CHECK(query("user=group%3Ax") == "bad_field user");
  CHECK(query("user=a%20b") == "bad_field user");
  CHECK(query("user=" + std::string(129, 'x')) == "bad_field user");
  CHECK(query("user=1&user=2") == "bad_field user");
  CHECK(query("user=1&groups=a%20b") == "bad_field groups");
  CHECK(query("user=1&groups=a,,b") == "bad_field groups");
  CHECK(query("user=1&groups=a,b,c", 2) == "too_many_groups groups");
  CHECK(query("user=1&groups=a,b,a", 2) == "1 group:a group:b");
  CHECK(query("user=1&resume=x") == "bad_field resume");
  CHECK(query("user=1&resume=%7B%22user%22%3A%2217%22%7D") == "bad_field resume");
  CHECK(query("user=1&device=a%20b") == "bad_field device");
  CHECK(query("user=%zz") == "bad_field ");
  CHECK(query("user=1%00") == "bad_field user");
}

}
