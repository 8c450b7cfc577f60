#include "transport/protocol/publication_json.hpp"

#include "actors/channel.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::transport;

namespace {

constexpr std::size_t max_bytes = 100;

std::variant<publish_request, failure> read(std::string_view text) {
  auto parsed = json::read(text);
  REQUIRE_MESSAGE(std::holds_alternative<json::children>(parsed), std::string{text});
  return read_publish(std::get<json::children>(parsed), max_bytes, {"ref"});
}

publish_request good(std::string_view text) {
  auto result = read(text);
  if (auto* why = std::get_if<failure>(&result)) FAIL(why->message);
  return std::get<publish_request>(std::move(result));
}

/// The field at fault, after the error's code where that is not `bad_field`.
std::string fault(std::string_view text) {
  auto result = read(text);
  auto* why = std::get_if<failure>(&result);
  if (why == nullptr) return "accepted";
  CHECK(why->message.find(why->field) != std::string::npos);
  return (why->code == errc::bad_field ? "" : std::string{to_string(why->code)} + ' ') + why->field;
}

}  // namespace

TEST_SUITE("publication_json") {

TEST_CASE("a publish may ask to be traced, and say what it is part of") {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto with = [](const std::string& more) { return R"({"to":{"user":"42"},"data":1,)" + more + '}'; };
  const auto what = good(with(R"("trace":true,"traceparent":")" + parent + '"')).publications.front();
  CHECK(what.trace);
  CHECK(what.traceparent == parent);
  CHECK_FALSE(good(with(R"("trace":false)")).publications.front().trace);
  for (const auto* bad : {R"("trace":1)", R"("trace":"true")", R"("trace":null)"}) CHECK(fault(with(bad)) == "trace");
  for (const auto* bad : {R"("traceparent":1)", R"("traceparent":"")", R"("traceparent":"00-xyz")"}) CHECK(fault(with(bad)) == "traceparent");
}

TEST_CASE("everything that can be said in a publish is read, and the body stays as it is") {
  auto request = good(R"({"to":{"user":"42"},"data":{ "a" : 1.0 },"id":"order-17","durable":false,"ttl_s":3600})");
  REQUIRE(request.publications.size() == 1);
  const auto& what = request.publications.front();
  CHECK(what.to == channel::user("42"));
  CHECK(what.data == R"({ "a" : 1.0 })");
  CHECK(what.id == "order-17");
  CHECK_FALSE(what.durable);
  CHECK(what.ttl_s == 3600);
  CHECK(request.users.empty());
}

TEST_CASE("what is not said has its default, and the id is made") {
  auto first = good(R"({"data":null,"to":{"broadcast":true}})").publications.at(0);
  auto second = good(R"({"data":null,"to":{"broadcast":true}})").publications.at(0);
  CHECK(first.to == channel::broadcast());
  CHECK(first.data == "null");
  CHECK(first.durable);
  CHECK_FALSE(first.ttl_s);
  CHECK(is_valid_id(first.id));
  CHECK(first.id != second.id);
}

TEST_CASE("any JSON value may be the body") {
  for (std::string body : {"null", "true", "-1.5e3", "\"x\"", "[1,2]", "{}", "\"\\u00fc\""})
    CHECK(good(R"({"to":{"group":"g1"},"data":)" + body + "}").publications.at(0).data == body);
}

TEST_CASE("to many users: one publication each, with the same id") {
  auto request = good(R"({"to":{"users":["1","2","x@y"]},"data":1})");
  REQUIRE(request.publications.size() == 3);
  CHECK(request.users == std::vector<std::string>{"1", "2", "x@y"});
  CHECK(request.publications[2].to == channel::user("x@y"));
  CHECK(request.publications[0].id == request.publications[2].id);
  CHECK(request.publications[0].data == "1");
}

TEST_CASE("to as many users as may be and no more") {
  auto to = [](std::size_t n) {
    std::string text = R"({"data":1,"to":{"users":[)";
    for (std::size_t i = 0; i < n; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + '"';
    return text + "]}}";
  };
  CHECK(good(to(max_users_per_publish)).publications.size() == max_users_per_publish);
  CHECK(fault(to(max_users_per_publish + 1)) == "to.users");
  CHECK(fault(to(0)) == "to.users");
}

TEST_CASE("whom it goes to must be said, once and well") {
  CHECK(fault(R"({"data":1})") == "to");
  CHECK(fault(R"({"data":1,"to":"42"})") == "to");
  CHECK(fault(R"({"data":1,"to":{}})") == "to");
  CHECK(fault(R"({"data":1,"to":{"user":"1","group":"g"}})") == "to");
  CHECK(fault(R"({"data":1,"to":{"user":42}})") == "to.user");
  CHECK(fault(R"({"data":1,"to":{"user":"broadcast"}})") == "to.user");
  CHECK(fault(R"({"data":1,"to":{"user":"group:g"}})") == "to.user");
  CHECK(fault(R"({"data":1,"to":{"user":""}})") == "to.user");
  CHECK(fault(R"({"data":1,"to":{"group":"a b"}})") == "to.group");
  CHECK(fault(R"({"data":1,"to":{"group":null}})") == "to.group");
  CHECK(fault(R"({"data":1,"to":{"broadcast":false}})") == "to.broadcast");
  CHECK(fault(R"({"data":1,"to":{"users":"1"}})") == "to.users");
  CHECK(fault(R"({"data":1,"to":{"users":["1",2]}})") == "to.users[1]");
  CHECK(fault(R"({"data":1,"to":{"users":["1","1"]}})") == "to.users");
  CHECK(fault(R"({"data":1,"to":{"topic":"x"}})") == "to.topic");
}

TEST_CASE("a field of the wrong kind or range is named") {
  const std::string head = R"({"to":{"user":"1"},"data":1,)";
  CHECK(fault(R"({"to":{"user":"1"}})") == "data");
  CHECK(fault(head + R"("id":17})") == "id");
  CHECK(fault(head + R"("id":""})") == "id");
  CHECK(fault(head + R"("id":"a b"})") == "id");
  CHECK(fault(head + R"("id":")" + std::string(129, 'x') + "\"}") == "id");
  CHECK(fault(head + R"("durable":1})") == "durable");
  CHECK(fault(head + R"("durable":"true"})") == "durable");
  for (std::string ttl : {"0", "-1", "604801", "1.5", "\"60\"", "99999999999999999999"}) CHECK(fault(head + R"("ttl_s":)" + ttl + "}") == "ttl_s");
  CHECK(fault(head + R"("ttl_s":604800})") == "accepted");
  CHECK(fault(head + R"("urgent":true})") == "urgent");
  CHECK(fault(head + R"("ref":1})") == "accepted");
  CHECK(fault(head + R"("data":2})") == "data");
}

TEST_CASE("a body may be so large and no larger") {
  auto with = [](std::size_t bytes) { return R"({"to":{"user":"1"},"data":")" + std::string(bytes - 2, 'x') + "\"}"; };
  CHECK(fault(with(max_bytes)) == "accepted");
  CHECK(fault(with(max_bytes + 1)) == "too_large data");
}

TEST_CASE("a publish is an object") {
  CHECK(fault("[1]") == "bad_json ");
}

}
