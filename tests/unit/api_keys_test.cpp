#include "app/api_keys.hpp"

#include <doctest/doctest.h>

using namespace herald::app;

namespace {

const std::string one(32, 'a');
const std::string two(64, 'B');

/// What is wrong with the file.
std::string wrong(std::string_view text) {
  auto read = api_keys::parse(text);
  const auto* why = std::get_if<std::string>(&read);
  return why == nullptr ? "nothing" : *why;
}

api_keys good(std::string_view text) {
  auto read = api_keys::parse(text);
  REQUIRE(std::holds_alternative<api_keys>(read));
  return std::get<api_keys>(std::move(read));
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_SUITE("api_keys") {

TEST_CASE("each line is a key with its name and its rights") {
  const auto keys = good("# the shop\n\nshop publish " + one + "\r\n  ops\tpublish,admin   " + two + "  ");
  REQUIRE(keys.size() == 2);
  const auto* shop = keys.find(one);
  REQUIRE(shop != nullptr);
  CHECK(shop->name == "shop");
  CHECK(shop->may(right::publish));
  CHECK(shop->may(right::any));
  CHECK_FALSE(shop->may(right::admin));
  const auto* ops = keys.find(two);
  REQUIRE(ops != nullptr);
  CHECK((ops->may(right::publish) && ops->may(right::admin)));
}

TEST_CASE("only the whole key is the key") {
  const auto keys = good("shop publish " + one);
  for (const std::string& other : {std::string{}, one.substr(1), one + "a", one + " ", std::string(32, 'A')}) CHECK(keys.find(other) == nullptr);
}

TEST_CASE("a key can be followed by another one of the same name") {
  const auto keys = good("shop publish " + one + "\nshop publish " + two + '\n');
  CHECK(keys.find(one)->name == keys.find(two)->name);
}

TEST_CASE("a bad line is named by its number, and nothing of it is said") {
  const std::string secret = "very-secret-very-secret-very-secret";
  const std::string first = "# one\nops admin " + one + '\n';
  for (const std::string& line : {"shop " + secret, secret, "shop publish " + secret + " more", "shop everything " + secret,
                                  "shop publish,, " + secret, "shop publish, " + secret, "shop ,admin " + secret,
                                  "my(shop) publish " + secret, std::string(65, 'n') + " publish " + secret,
                                  "shop publish " + secret + "\xc3\xa4", "shop publish " + secret.substr(0, 31),
                                  "shop publish " + secret + std::string(500, 'x')}) {
    CAPTURE(line);
    const auto why = wrong(first + line);
    CHECK(why.starts_with("line 3: "));
    CHECK_FALSE(has(why, "very-secret"));
  }
}

TEST_CASE("a short key is refused with a way to make a good one") {
  CHECK(has(wrong("shop publish " + std::string(31, 'x')), "openssl rand -hex 32"));
}

TEST_CASE("a key that stands twice is refused: whose is it?") {
  CHECK(wrong("a publish " + one + "\nb admin " + one).starts_with("line 2: this key"));
}

TEST_CASE("a file without keys would shut everybody out, and one without end fills memory") {
  CHECK(wrong("") != "nothing");
  CHECK(wrong("# nothing\n") != "nothing");
  CHECK(wrong(std::string((1 << 20) + 1, '\n')) != "nothing");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "k publish " + std::string(32, 'k') + std::to_string(i) + '\n';
  CHECK(wrong(many) == "line 1001: more than 1000 keys");
}

}
