#include "transport/protocol/codec.hpp"
#include "transport/protocol/json_members.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::transport;
using namespace std::chrono_literals;

namespace {

const codec& native = native_codec();
constexpr cursor here{0xabc, 17, 0xf};

std::string text(event::any what, request_ref ref = {}) {
  return native.encode(client_event{std::move(what), std::move(ref)}).value_or("(nothing)");
}

std::string text(const channel& to, const notification& what) {
  std::string out;
  native.encode(to, what, out);
  return out;
}

template <class Command>
Command read(std::string_view message, std::string_view ref = {}) {
  auto got = native.decode(message);
  CHECK(got.ref == ref);
  if (auto* bad = std::get_if<command::malformed>(&got.what)) FAIL(bad->why.message);
  REQUIRE(std::holds_alternative<Command>(got.what));
  return std::get<Command>(std::move(got.what));
}

/// `code field ref` of a message that can't be read.
std::string fault(std::string_view message) {
  auto got = native.decode(message);
  auto* bad = std::get_if<command::malformed>(&got.what);
  if (bad == nullptr) return "accepted";
  CHECK_FALSE(bad->why.message.empty());
  return std::string{to_string(bad->why.code)} + ' ' + bad->why.field + ' ' + got.ref;
}

}  // namespace

TEST_SUITE("native codec") {

TEST_CASE("a client is told the traceparent that a notification came with") {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const notification with{here, "a", 0, "1", make_trace(true, parent)};
  CHECK(text(channel::user("42"), with)
        == R"({"type":"notification","channel":"user","cursor":"abc.17.f","id":"a","time":"1970-01-01T00:00:00.000Z","traceparent":")"
             + parent + R"(","data":1})");
  const notification traced{here, "a", 0, "1", make_trace(true, "")}, plain{here, "a", 0, "1"};
  CHECK(text(channel::user("42"), traced) == text(channel::user("42"), plain));
}

TEST_CASE("a client may say a traceparent, and may not ask for a trace") {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  CHECK(read<command::publish>(R"({"type":"publish","to":{"user":"1"},"data":1,"traceparent":")" + parent + R"("})").traceparent == parent);
  CHECK(fault(R"({"type":"publish","to":{"user":"1"},"data":1,"trace":true})") == "bad_field trace ");
}

TEST_CASE("it is herald.v1") {
  CHECK(native.subprotocol() == "herald.v1");
  CHECK(native.slot() < compressed_slots);
}

// -- to the client ------------------------------------------------------------

TEST_CASE("a notification") {
  notification what{here, "order-17", 1'795'348'800'007, R"({ "a" : 1.0 })"};
  CHECK(text(channel::user("42"), what)
        == R"({"type":"notification","channel":"user","cursor":"abc.17.f","id":"order-17","time":"2026-11-22T12:00:00.007Z","data":{ "a" : 1.0 }})");
  what.position = std::nullopt;
  CHECK(text(channel::group("g1"), what)
        == R"({"type":"notification","channel":"group:g1","id":"order-17","time":"2026-11-22T12:00:00.007Z","data":{ "a" : 1.0 }})");
  what.id.clear();
  CHECK(text(channel::broadcast(), what)
        == R"({"type":"notification","channel":"broadcast","time":"2026-11-22T12:00:00.007Z","data":{ "a" : 1.0 }})");
}

TEST_CASE("a welcome") {
  event::welcome what{"9f", "node-\"1\"", "42", 25s, {{channel::user("42"), true, here}, {channel::group("g1"), false, {}}}};
  CHECK(text(what)
        == R"({"type":"welcome","session":"9f","node":"node-\"1\"","user":"42","ping_ms":25000,"channels":{"user":{"live":true,"recovered":false,"cursor":"abc.17.f"},"group:g1":{"live":false,"recovered":false}}})");
}

TEST_CASE("a welcome says until when a token is good, and so does what follows") {
  CHECK(text(event::welcome{"9f", "n", "42", 25s, {}, 1795000000})
        == R"({"type":"welcome","session":"9f","node":"n","user":"42","ping_ms":25000,"channels":{},"expires":1795000000})");
  CHECK(text(event::expiring{30s}) == R"({"type":"expiring","in_ms":30000})");
  CHECK(text(event::authenticated{1795000000}, "5") == R"({"type":"authenticated","expires":1795000000,"ref":5})");
  CHECK(text(event::bye{close_reason::expired, 7ms}) == R"({"type":"bye","reason":"expired","reconnect_ms":7})");
}

TEST_CASE("answers repeat the reference as it was given") {
  CHECK(text(event::subscribed{{channel::group("g1"), true, here}}, "1")
        == R"({"type":"subscribed","channel":"group:g1","live":true,"recovered":false,"cursor":"abc.17.f","ref":1})");
  CHECK(text(event::subscribed{{channel::user("42"), false, {}}}) == R"({"type":"subscribed","channel":"user","live":false,"recovered":false})");
  CHECK(text(event::unsubscribed{channel::group("g1")}, R"("a\n")") == R"({"type":"unsubscribed","channel":"group:g1","ref":"a\n"})");
  CHECK(text(event::published{"order-17", here}, "-3") == R"({"type":"published","id":"order-17","cursor":"abc.17.f","ref":-3})");
  CHECK(text(event::published{"order-17", {}}) == R"({"type":"published","id":"order-17"})");
  CHECK(text(event::pong{}, "4") == R"({"type":"pong","ref":4})");
  CHECK(text(event::pong{}) == R"({"type":"pong"})");
}

TEST_CASE("an error") {
  CHECK(text(event::refused{{errc::bad_field, "group: \"x y\" is none", "group"}}, "5")
        == R"({"type":"error","code":"bad_field","message":"group: \"x y\" is none","field":"group","ref":5})");
  CHECK(text(event::refused{{errc::unavailable, "try again", {}}}) == R"({"type":"error","code":"unavailable","message":"try again"})");
}

TEST_CASE("a bye, where the close code alone would not do") {
  CHECK(text(event::bye{close_reason::drain, 1234ms}) == R"({"type":"bye","reason":"drain","reconnect_ms":1234})");
  CHECK(text(event::bye{close_reason::slow, 1s}) == R"({"type":"bye","reason":"slow","reconnect_ms":1000})");
  CHECK(text(event::bye{close_reason::kicked, 0ms}) == R"({"type":"bye","reason":"kicked","reconnect_ms":0})");
  for (auto why : {close_reason::client_left, close_reason::binary, close_reason::bad_utf8, close_reason::bad_frame, close_reason::abuse,
                   close_reason::too_large, close_reason::internal})
    CHECK(text(event::bye{why, 0ms}) == "(nothing)");
}

// -- from the client ----------------------------------------------------------

TEST_CASE("joining and leaving a group") {
  CHECK(read<command::subscribe>(R"({"type":"subscribe","group":"g1","ref":1})", "1").group == "g1");
  CHECK(read<command::subscribe>(R"({"ref":"a","group":"group:x","type":"subscribe"})", R"("a")").group == "group:x");
  CHECK(read<command::unsubscribe>(R"({"type":"unsubscribe","group":"\u0067\u0031"})").group == "g1");
  CHECK(fault(R"({"type":"subscribe","ref":7})") == "bad_field group 7");
  CHECK(fault(R"({"type":"subscribe","group":17})") == "bad_field group ");
  CHECK(fault(R"({"type":"subscribe","group":""})") == "bad_field group ");
  CHECK(fault(R"({"type":"unsubscribe","group":"a b"})") == "bad_field group ");
}

TEST_CASE("publishing") {
  auto asked = read<command::publish>(R"({"type":"publish","to":{"user":"42"},"data":{"a":[1]},"id":"x","durable":false,"ttl_s":5,"ref":3})", "3");
  CHECK(asked.to == channel::user("42"));
  CHECK(asked.data == R"({"a":[1]})");
  CHECK(asked.id == "x");
  CHECK_FALSE(asked.durable);
  CHECK(asked.ttl_s == 5);
  CHECK(read<command::publish>(R"({"type":"publish","to":{"users":["7"]},"data":1})").to == channel::user("7"));
  CHECK(fault(R"({"type":"publish","to":{"users":["7","8"]},"data":1})") == "bad_field to.users ");
  CHECK(fault(R"({"type":"publish","to":{"user":"7"},"ref":3})") == "bad_field data 3");
}

TEST_CASE("the other commands") {
  read<command::ping>(R"({"type":"ping"})");
  read<command::ping>(R"({"type":"ping","ref":4,"later":[1]})", "4");
  auto resume = read<command::resume>(R"({"type":"resume","channels":{"user":"abc.17.f","group:g1":"1.2.3"}})");
  REQUIRE(resume.channels.size() == 2);
  CHECK(resume.channels[0].first == "user");
  CHECK(resume.channels[0].second == here);
  CHECK(read<command::resume>(R"({"type":"resume","channels":{}})").channels.empty());
  auto ack = read<command::ack>(R"({"type":"ack","channel":"user","cursor":"abc.17.f"})");
  CHECK(ack.channel == "user");
  CHECK(ack.position == here);
  CHECK(read<command::authenticate>(R"({"type":"auth","token":"e.y.j"})").token == "e.y.j");

  CHECK(fault(R"({"type":"resume"})") == "bad_field channels ");
  CHECK(fault(R"({"type":"resume","channels":["abc.17.f"]})") == "bad_field channels ");
  CHECK(fault(R"({"type":"resume","channels":{"user":"17"}})") == "bad_field channels.user ");
  CHECK(fault(R"({"type":"ack","cursor":"abc.17.f"})") == "bad_field channel ");
  CHECK(fault(R"({"type":"ack","channel":"user"})") == "bad_field cursor ");
  CHECK(fault(R"({"type":"auth","token":null})") == "bad_field token ");
}

TEST_CASE("what is no message is said, with the reference where there is one") {
  CHECK(fault("hello") == "bad_json  ");
  CHECK(fault("") == "bad_json  ");
  CHECK(fault("[]") == "bad_json  ");
  CHECK(fault("\"subscribe\"") == "bad_json  ");
  CHECK(fault("{}") == "bad_field type ");
  CHECK(fault(R"({"type":1,"ref":2})") == "bad_field type 2");
  CHECK(fault(R"({"type":"dance","ref":2})") == "unknown_type type 2");
  CHECK(fault(std::string(200, '[')) == "too_deep  ");
}

TEST_CASE("a reference is an integer or a short string") {
  for (std::string ref : {"1.5", "1e3", "null", "true", "{}", "[]", "99999999999999999999"})
    CHECK(fault(R"({"type":"ping","ref":)" + ref + "}") == "bad_field ref ");
  auto of_bytes = [](std::size_t n) { return '"' + std::string(n, 'x') + '"'; };
  read<command::ping>(R"({"type":"ping","ref":)" + of_bytes(128) + "}", of_bytes(128));
  CHECK(fault(R"({"type":"ping","ref":)" + of_bytes(129) + "}") == "bad_field ref ");
}

TEST_CASE("whatever a client sends, the error it gets is JSON in good UTF-8") {
  for (auto* message : {R"({"type":"resume","channels":{"\udc00":"x"}})", R"({"type":"publish","\udc00":1})", R"({"type":"publish","to":{"\udc00":1},"data":1})"}) {
    auto got = native.decode(message);
    auto* bad = std::get_if<command::malformed>(&got.what);
    if (bad == nullptr) continue;
    const auto answer = text(event::refused{bad->why}, got.ref);
    CHECK_MESSAGE(std::holds_alternative<json::children>(json::read(answer)), std::string{message});
  }
}

}
