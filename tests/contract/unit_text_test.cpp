#include <doctest/doctest.h>

#include "backplane/redis/envelope.hpp"
#include "backplane/redis/incoming.hpp"
#include "backplane/redis/json_text.hpp"
#include "backplane/redis/order_text.hpp"
#include "backplane/redis/replies.hpp"

#include <hiredis/hiredis.h>

#include <string>
#include <vector>

using namespace herald;
using namespace herald::backplane;

/// What is made of bytes that come from outside.
TEST_SUITE_BEGIN("texts from Redis");

namespace {

const std::string good = "herald1 0123456789abcdef 17 1000 2000 order-17\n{\"a\":1}";

/// Feeds bytes in pieces of this size, and gives the texts of what came out, or what was wrong.
std::vector<std::string> feed(replies& to, std::string_view bytes, std::size_t piece) {
  std::vector<std::string> out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    auto wrong = to.feed(bytes.substr(0, piece), [&](const redisReply& reply) {
      if (is_array(reply))
        for (auto* part : elements_of(reply)) out.emplace_back(text_of(*part));
      else
        out.push_back((is_error(reply) ? "!" : "") + std::string{text_of(reply)});
      return true;
    });
    if (wrong.empty()) continue;
    out.push_back("wrong: " + wrong);
    break;
  }
  return out;
}

}  // namespace

TEST_CASE("a header is read to the last character") {
  auto what = parse_envelope(good);
  REQUIRE(what);
  CHECK(what->position == cursor{0x0123456789abcdef, 17, tag_of("order-17")});
  CHECK(what->time_ms == 1000);
  CHECK(what->expires_ms == 2000);
  CHECK(what->id == "order-17");
  CHECK(what->body == "{\"a\":1}");
  auto live = parse_envelope("herald1 - 0 1 0 a\n\n1\n");
  REQUIRE(live);
  CHECK_FALSE(live->position);
  CHECK(live->body == "\n1\n");
}

TEST_CASE("the longest header there can be is read") {
  const std::string id(128, 'x');
  auto what = parse_envelope("herald1 ffffffffffffffff 18446744073709551615 9223372036854775807 9223372036854775807 " + id + "\n0");
  REQUIRE(what);
  CHECK(what->position->offset == 18446744073709551615u);
  CHECK(what->id == id);
}

TEST_CASE("behind the id may stand what few notifications have, and what is not known there is passed over") {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto with = [](const std::string& marks) { return parse_envelope("herald1 0123456789abcdef 17 1000 0 " + marks + "\n1"); };
  CHECK(envelope_marks(false, "").empty());
  const auto all = with("a" + envelope_marks(true, parent));
  REQUIRE(all);
  CHECK(all->id == "a");
  CHECK(all->position->tag == tag_of("a"));
  CHECK(all->is_traced);
  CHECK(all->traceparent == parent);
  CHECK_FALSE(with("a" + envelope_marks(false, parent))->is_traced);
  CHECK(with("a later=x trace=1")->is_traced);
  CHECK_FALSE(with("a trace=0")->is_traced);
  CHECK(with("a traceparent=00-zz")->traceparent.empty());
  for (const auto* bad : {"a ", "a  trace=1", "a trace=1 ", "a b", "a =1", " trace=1", "a trace=1  b=2"}) CHECK_MESSAGE(!with(bad), std::string{bad});
  const std::string id(128, 'x');
  CHECK(parse_envelope("herald1 ffffffffffffffff 18446744073709551615 9223372036854775807 9223372036854775807 " + id + envelope_marks(true, parent) + "\n0"));
}

TEST_CASE("a plain PUBLISH may ask to be traced, in its outermost object") {
  const auto in = [](std::string_view text) {
    plain_marks found;
    REQUIRE(is_json(text, found));
    return found;
  };
  CHECK(in(R"({"trace":true})").is_traced);
  CHECK(in(R"({"a":{"id":"inner"},"id":"order-17","trace":true,"b":[{"id":"x"}]})").id == "order-17");
  CHECK(in(R"({"trace":true,"id":17})").id == "17");
  CHECK(in(R"({"trace":true,"id":"not an id"})").id.empty());
  CHECK(in(R"({"trace":true,"id":["a"]})").id.empty());
  CHECK(in(R"({"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","trace":false})").traceparent.size() == 55);
  CHECK_FALSE(in(R"({"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})").is_traced);
  for (const auto* no : {R"({"trace":false})", R"({"trace":"true"})", R"({"a":{"trace":true}})", R"([{"trace":true}])", R"([true])", "true",
                         R"({"trace":[true]})", R"({"trace":{"a":true}})", R"({"trac":true,"tracee":true})", R"({"id":"a"})", R"("trace")"}) {
    CHECK_FALSE_MESSAGE(in(no).is_traced, no);
    CHECK(in(no).id.empty());
  }
}

TEST_CASE("a plain PUBLISH that is traced and has no id is called the same by every node") {
  const auto called = [](std::string_view text) {
    const auto what = std::get<notification>(read_message(text, 1000, 5));
    CHECK(what.id.empty());
    return what.trace ? what.trace->id : "not traced";
  };
  CHECK(called(R"({"trace":true,"a":1})").starts_with("plain-"));
  CHECK(called(R"({"trace":true,"a":1})") == called(R"({"trace":true,"a":1})"));
  CHECK(called(R"({"trace":true,"a":1})") != called(R"({"trace":true,"a":2})"));
  CHECK(called(R"({"trace":true,"id":"mine"})") == "mine");
  CHECK(called(R"({"id":"mine"})") == "not traced");
}

TEST_CASE("a header that is cut anywhere, or has another byte anywhere, is never misread") {
  for (std::size_t i = 0; i <= good.find('\n') + 1; ++i) CHECK_FALSE(parse_envelope(good.substr(0, i)));
  for (std::size_t i = 0; i < good.find('\n'); ++i)
    for (char c : {' ', '\n', '\0', '\xff', '{'}) {
      if (good[i] == c || (c == '\n' && i > good.find("order"))) continue;  // there it ends a shorter id
      auto bad = good;
      bad[i] = c;
      CHECK_FALSE(parse_envelope(bad));
    }
}

TEST_CASE("numbers out of range, signs and a foreign epoch are malformed") {
  for (const auto* text : {"herald1 0123456789abcdef 18446744073709551616 1 0 a\n0", "herald1 0123456789abcdef +1 1 0 a\n0",
                           "herald1 0123456789abcdef 1 -1 0 a\n0", "herald1 0123456789abcdef 1 1 -1 a\n0",
                           "herald1 0123456789abcdef 1 9223372036854775808 0 a\n0", "herald1 0x23456789abcdef 1 1 0 a\n0",
                           "herald1 0123456789abcdef0 1 1 0 a\n0", "herald1 - 1 1 0 a\n0", "herald2 - 0 1 0 a\n0"})
    CHECK_FALSE(parse_envelope(text));
}

TEST_CASE("JSON is one value of valid UTF-8, bounded in depth") {
  for (const auto* text : {"{}", " [] ", "\"\"", "0", "-0", "true", "{\"a\":[1,2,{\"b\":null}]}", "\"\\u00e9\\ud83d\\ude00\"",
                           "\"\xF0\x9F\x98\x80\"", "1e308"})
    CHECK(is_json(text));
  for (const auto* text : {"", " ", "{", "}", "[1 2]", "{a:1}", "{\"a\"}", "+1", ".5", "1.", "tru", "\"", "\"\t\"", "\"\\x\"", "1e309",
                           "\"\xC0\x80\"", "\"\xF4\x90\x80\x80\"", "//c\n1", "[1]]"})
    CHECK_FALSE(is_json(text));
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(is_json(nested(max_json_depth)));
  CHECK_FALSE(is_json(nested(max_json_depth + 1)));
  CHECK_FALSE(is_json(std::string(1'000'000, '[')));
  CHECK(is_json("[" + nested(127) + "," + nested(127) + "]"));  // depth, not number
}

TEST_CASE("a message expires at its moment, not before") {
  CHECK(std::holds_alternative<notification>(read_message(good, 1000, 1999)));
  auto late = read_message(good, 1000, 2000);
  REQUIRE(std::holds_alternative<refusal>(late));
  CHECK(std::get<refusal>(late).reason == drop_reason::expired);
}

TEST_CASE("the limit is of the body, not of the header") {
  CHECK(std::holds_alternative<notification>(read_message(good, 7, 0)));
  CHECK(std::get<refusal>(read_message(good, 6, 0)).reason == drop_reason::too_large);
}

TEST_CASE("replies come out whole however they are cut") {
  std::string bytes = "+OK\r\n-ERR no\r\n:5\r\n$5\r\nab\r\nc\r\n$-1\r\n*2\r\n$1\r\nx\r\n$0\r\n\r\n";
  const std::vector<std::string> expected{"OK", "!ERR no", "", "ab\r\nc", "", "x", ""};
  for (std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
    replies reader{1000};
    CHECK(feed(reader, bytes, piece) == expected);
  }
}

TEST_CASE("a reply over the limit, a huge array and garbage are errors, and cost no memory") {
  for (const auto& text : {"$2000000000\r\n" + std::string(100'000, 'x'), std::string{"*1000000000\r\n"}, std::string{"hello\r\n"},
                                 std::string{"*9999999999999999999\r\n"}}) {
    replies reader{50'000};
    auto out = feed(reader, text, 4096);
    REQUIRE(out.size() == 1);
    CHECK(out[0].starts_with("wrong: "));
  }
}

TEST_CASE("who takes replies can stop at any of them") {
  replies reader{1000};
  int taken = 0;
  CHECK(reader.feed("+a\r\n+b\r\n+c\r\n", [&](const redisReply&) { return ++taken < 2; }).empty());
  CHECK(taken == 2);
}

TEST_CASE("an order comes out as it went in, and what is none is none") {
  for (const auto& what : {order{order::kind::kick, "alice", 17, 99}, order{order::kind::revoke_user, "a:b", 0, 99},
                           order{order::kind::revoke_token, "a b  c", 1'800'000'000'000, 99}}) {
    CHECK(parse_order(to_text(what), 99) == what);
    const auto said = parse_said_order(to_text(said_order{"node-1", what}));
    REQUIRE(said);
    CHECK(said->by == "node-1");
    CHECK(said->what == what);
  }
  CHECK(to_text(order{order::kind::kick, "alice", 17, 99}) == "kick 17 alice");
  for (auto* bad : {"", "kick", "kick 17", "kick 17 ", "kick x alice", "kick -1 alice", "kill 17 alice", "kick 99999999999999999999 alice"})
    CHECK_MESSAGE(!parse_order(bad, 99), bad);
  for (auto* bad : {"", "herald1-order", "herald1-order a 5", "herald1-order a x kick 17 alice", "herald1-order  5 kick 17 alice",
                    "herald1-orders a 5 kick 17 alice", "{}"})
    CHECK_MESSAGE(!parse_said_order(bad), bad);
}

TEST_CASE("a command is what Redis reads") {
  std::string out;
  std::vector<std::string_view> words{"SET", "k", std::string_view{"a\0\r\n", 4}, ""};
  append_command(out, words);
  using namespace std::string_literals;
  CHECK(out == "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n"s);
}

TEST_SUITE_END();
