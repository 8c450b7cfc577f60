#include "tests/support/fake_process.hpp"
#include "app/settings_sources.hpp"
#include "app/settings_table.hpp"
#include "app/settings_text.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <sstream>

using namespace herald;
using namespace herald::app;
using namespace herald::test;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("config");

TEST_CASE("--help names every setting, in 100 columns, whatever else is wrong") {
  const auto exit = ended({{"--shards", "x", "--help"}, {}, {}});
  CHECK(exit.code == 0);
  CHECK(exit.err.empty());
  for (const auto& row : settings_table())
    CHECK(has(exit.out, "  --" + std::string{row.name} + ' '));
  std::istringstream in{exit.out};
  for (std::string line; std::getline(in, line);) CHECK(line.size() <= 100);
  CHECK(ended({{"-h"}, {}, {}}).out == exit.out);
}

TEST_CASE("--version and --check-config") {
  CHECK(ended({{"--version"}, {}, {}}).out == "herald " + std::string{version()} + "\n");
  const auto good = ended({{"--check-config"}, {}, {}});
  CHECK(good.code == 0);
  CHECK(good.out == "config ok\n");
  CHECK(ended({{"--check-config", "--shards=x"}, {}, {}}).code == 2);
}

TEST_CASE("what --print-config writes, --config reads") {
  const std::vector<std::string> args{"--shards",      "3",  "--redis",     "redis://h:1",
                                      "--log-max-age", "1h", "--node-name", "n-1"};
  auto asking = args;
  asking.emplace_back("--print-config");
  const auto text = ended({asking, {}, {}}).out;
  const auto again = load({{"--config", "herald.conf"}, {}, text});
  const auto first = load({args, {}, {}});
  REQUIRE(again.shown.size() == settings_table().size());
  for (std::size_t i = 0; i < again.shown.size(); ++i)
    CHECK(again.shown[i].value == first.shown[i].value);
}

TEST_CASE("every default is within its own limits and every setting has a variable") {
  for (const auto& row : settings_table()) {
    CAPTURE(row.name);
    settings to;
    if (!row.fallback.empty()) CHECK(store(row, row.fallback, to) == "");
    CHECK_FALSE(is_service_variable(variable_name(row.name), ""));
  }
  CHECK(variable_name("outbox-max-bytes") == "HERALD_OUTBOX_MAX_BYTES");
}

TEST_CASE("docs/settings.md is current: herald --print-settings-doc writes it") {
  const std::string root = HERALD_SOURCE_ROOT;
  std::ifstream file{root + "/docs/settings.md"};
  REQUIRE_MESSAGE(file.good(), "docs/settings.md not found from ", root);
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  CHECK(text == settings_doc());
}

TEST_CASE("max-connections auto leaves 256 open files to the node itself") {
  settings s;
  CHECK(resolved_max_connections(s, 20000) == 19744);
  CHECK(resolved_max_connections(s, 100) == 1);
  s.max_connections = 7;
  CHECK(resolved_max_connections(s, 20000) == 7);
}

TEST_SUITE_END();
