#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  REQUIRE_MESSAGE(file.good(), path.string());
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::set<std::string> matches(const std::string& text, const char* what) {
  const std::regex expression{what};
  std::set<std::string> result;
  for (std::sregex_iterator at{text.begin(), text.end(), expression}, end; at != end; ++at) result.insert((*at)[1]);
  return result;
}

/// The names of all events that a source logs: the first text in each call.
std::set<std::string> events_in(const std::string& source) {
  return matches(source, R"re(log::(?:debug|info|warn|error|limited|event)\([^";{]*"([^"]*)")re");
}

/// All sources, but for the log itself.
std::string sources() {
  std::string all;
  const fs::path root = HERALD_SOURCE_ROOT;
  for (auto* folder : {"actors", "transport", "backplane", "app"})
    for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
      const auto name = fs::relative(entry.path(), root).generic_string();
      if ((name.ends_with(".cpp") || name.ends_with(".hpp")) && !name.starts_with("actors/log")) all += text_of(entry.path()) + '\n';
    }
  return all;
}

}  // namespace

TEST_SUITE("log events") {

TEST_CASE("every event is in the table of docs/operations.md, and every one that is there is logged") {
  const auto logged = events_in(sources());
  CHECK(logged.size() > 50);
  const auto page = text_of(fs::path{HERALD_SOURCE_ROOT} / "docs/operations.md");
  const auto begin = page.find("\n### Events\n");
  REQUIRE(begin != std::string::npos);
  const auto table = page.substr(begin, page.find("\n#", begin + 5) - begin);
  const auto explained = matches(table, "\n\\| `([a-z_]+)` \\|");
  for (const auto& name : logged) CHECK_MESSAGE(explained.contains(name), name, " has no row under Events in docs/operations.md");
  for (const auto& name : explained) CHECK_MESSAGE(logged.contains(name), "docs/operations.md has the event ", name, ", which nobody logs");
}

TEST_CASE("an event's name is one of those that can be searched for: small letters and underscores, in the call itself") {
  const auto all = sources();
  for (const auto& name : events_in(all)) CHECK_MESSAGE(std::regex_match(name, std::regex{"[a-z]+(_[a-z]+)*"}), name);
  const std::regex call{R"(log::(?:debug|info|warn|error|limited|event)\()"};
  const std::regex named{R"re(log::(?:debug|info|warn|error|limited|event)\([^";{]*")re"};
  const auto count = [&](const std::regex& what) { return std::distance(std::sregex_iterator{all.begin(), all.end(), what}, {}); };
  CHECK(count(call) == count(named));
}

TEST_CASE("a name that is not in the table would be found, however it is called") {
  CHECK(events_in(R"(log::info("one");)").contains("one"));
  CHECK(events_in("log::limited(log::level::warn,\n     \"two\", {{\"x\", 1}});").contains("two"));
  CHECK(events_in(R"(log::event(std::max(std::min(to, was), log::level::info), "three",)").contains("three"));
  CHECK(events_in(R"(log::start(a, b); other("none");)").empty());
}

}
