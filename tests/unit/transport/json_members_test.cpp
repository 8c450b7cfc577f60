#include "transport/protocol/json_members.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::transport;

namespace {

/// The first level as `key=kind:raw`, `;` between.
std::string outline(std::string_view text) {
  auto parsed = json::read(text);
  if (auto* why = std::get_if<failure>(&parsed)) return std::string{to_string(why->code)};
  const auto& in = std::get<json::children>(parsed);
  constexpr const char* kinds[] = {"null", "boolean", "number", "string", "object", "array"};
  std::string out{in.parent == json::kind::object ? "{" : "["};
  for (const auto& [key, value] : in.members) out += key + '=' + kinds[static_cast<int>(value.what)] + ':' + std::string{value.raw} + ';';
  return out;
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

}  // namespace

TEST_SUITE("json_members") {

TEST_CASE("each value of the first level is kept as it was written") {
  CHECK(outline(R"({"a":1,"b":"x","c":null,"d":true,"e":{"f":[1,2]},"g":[{"h":1}]})")
        == R"({a=number:1;b=string:"x";c=null:null;d=boolean:true;e=object:{"f":[1,2]};g=array:[{"h":1}];)");
  CHECK(outline(R"([1,"x",[],{},null])") == R"([=number:1;=string:"x";=array:[];=object:{};=null:null;)");
  CHECK(outline("{}") == "{");
  CHECK(outline("[]") == "[");
}

TEST_CASE("white space around a value is not a part of it, white space inside is") {
  CHECK(outline(" \r\n\t{ \"a\" :\n1 , \"b\"\t: { \"c\" : [ 1 , 2 ] } , \"d\" : \"x\" } \n")
        == "{a=number:1;b=object:{ \"c\" : [ 1 , 2 ] };d=string:\"x\";");
  CHECK(outline("[ 1 , [ ] , { \"a\" : 1 } , \" \" ]") == "[=number:1;=array:[ ];=object:{ \"a\" : 1 };=string:\" \";");
}

TEST_CASE("values that follow a nested one begin where they begin") {
  CHECK(outline(R"({"a":{},"b":[],"c":2})") == "{a=object:{};b=array:[];c=number:2;");
  CHECK(outline(R"([{},[],2,[[]],"x"])") == R"([=object:{};=array:[];=number:2;=array:[[]];=string:"x";)");
}

TEST_CASE("numbers are not rounded") {
  CHECK(outline(R"([12345678901234567890123,1e308,-0.10,1E-7])") == "[=number:12345678901234567890123;=number:1e308;=number:-0.10;=number:1E-7;");
  CHECK(outline("[1e400]") == "bad_json");  // no client of ours could hold it
}

TEST_CASE("brackets, quotes and separators inside strings mislead nobody") {
  CHECK(outline(R"({"a,:":"]}\",{","b":["}"]})") == R"({a,:=string:"]}\",{";b=array:["}"];)");
}

TEST_CASE("anything else than an object or an array is refused") {
  for (auto* text : {"", " ", "1", "\"x\"", "null", "true", "x", "{", "[", "}", "{]", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
                     "{'a':1}", "[01]", "[+1]", "[.5]", "[1.]", "[NaN]", "[Infinity]", "{}{}", "[] x", "[\"\\x\"]", "[\"\n\"]", "// x\n{}",
                     "[1 2]", "[\"\\ud800\"]"})
    CHECK_MESSAGE(outline(text) == "bad_json", text);
}

TEST_CASE("nothing hides behind a zero byte") {
  CHECK(outline(std::string_view{"{}\0x", 4}) == "bad_json");
  CHECK(outline(std::string_view{"{}\0", 3}) == "bad_json");
  CHECK(outline(std::string_view{"[\"a\0b\"]", 7}) == "bad_json");
}

TEST_CASE("broken UTF-8 is refused, in keys, values and deep inside") {
  for (auto* text : {"[\"\xff\"]", "{\"\xc3\":1}", "[[[\"\xed\xa0\x80\"]]]", "[\"\xc0\x80\"]", "[\"\xf5\x80\x80\x80\"]", "\xff"})
    CHECK_MESSAGE(outline(text) == "bad_json", text);
  CHECK(outline("[\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"]") == "[=string:\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\";");
}

TEST_CASE("nesting is bounded, and hostile nesting costs no stack") {
  CHECK(outline(nested(json::max_depth)).starts_with("[=array:"));
  CHECK(outline(nested(json::max_depth + 1)) == "too_deep");
  CHECK(outline(std::string(1'000'000, '[')) == "too_deep");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(outline(objects) == "too_deep");
}

TEST_CASE("a text with more members than anybody needs is refused before they fill memory") {
  const auto array = [](std::size_t count) {
    std::string result = "[0";
    for (std::size_t i = 1; i < count; ++i) result += ",0";
    return result + ']';
  };
  CHECK(std::holds_alternative<json::children>(json::read(array(json::max_members))));
  CHECK(outline(array(json::max_members + 1)) == "too_large");
  std::string object = "{";
  for (std::size_t i = 0; i <= json::max_members; ++i) object += "\"a\":{},";
  object.back() = '}';
  CHECK(outline(object) == "too_large");
  CHECK(std::holds_alternative<json::children>(json::read("{\"inner\":" + array(json::max_members + 1) + '}')));
}

TEST_CASE("an error says where") {
  auto parsed = json::read(R"({"a":1,,})");
  REQUIRE(std::holds_alternative<failure>(parsed));
  CHECK(std::get<failure>(parsed).message.find("at byte 7") != std::string::npos);
}

TEST_CASE("a string's text is what its escapes stand for") {
  auto parsed = json::read(R"({"a":"\u00fc\n\"\\\/ \ud83d\ude00","b":"a\u0000b"})");
  const auto& in = std::get<json::children>(parsed);
  CHECK(json::text_of(*in.find("a")) == "\xc3\xbc\n\"\\/ \xf0\x9f\x98\x80");
  CHECK(json::text_of(*in.find("b")) == std::string("a\0b", 3));
  CHECK(in.find("c") == nullptr);
}

TEST_CASE("only whole numbers that fit are integers") {
  auto integer = [](std::string_view raw) { return json::integer_of({json::kind::number, raw}); };
  CHECK(integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(integer("0") == 0);
  for (auto* raw : {"9223372036854775808", "1.0", "1e3", ""}) CHECK_FALSE(integer(raw));
}

TEST_CASE("a string that is appended can be read again") {
  for (std::string text : {std::string{"plain"}, std::string{"\"\\\n\t\x01\x1f/"}, std::string("a\0b", 3), std::string{"\xc3\xbc"}}) {
    std::string out = "[";
    json::append_string(out, text);
    out += ']';
    auto parsed = json::read(out);
    REQUIRE(std::holds_alternative<json::children>(parsed));
    CHECK(json::text_of(std::get<json::children>(parsed).members.at(0).what) == text);
  }
}

}
