#pragma once

#include "app/config.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What tests of settings need: a process to read them from, and what came of it.
namespace herald::test {

using namespace herald::app;

struct fake_process {
  std::vector<std::string> args;
  std::map<std::string, std::string, std::less<>> env;
  std::optional<std::string> file;

  std::variant<loaded, early_exit> parse() const {
    process_inputs from;
    from.args = args;
    from.env = env;
    from.host_name = "machine-1";
    from.read_file = [this](const std::string& path) {
      return path == "herald.conf" ? file : std::nullopt;
    };
    return app::parse(from);
  }
};

inline loaded load(const fake_process& from) {
  auto result = from.parse();
  if (const auto* exit = std::get_if<early_exit>(&result)) {
    FAIL_CHECK("refused: ", exit->err);
    return {};
  }
  return std::get<loaded>(std::move(result));
}

inline settings values(std::vector<std::string> args) {
  return load({std::move(args), {}, {}}).values;
}

inline early_exit ended(const fake_process& from) {
  auto result = from.parse();
  REQUIRE(std::holds_alternative<early_exit>(result));
  return std::get<early_exit>(std::move(result));
}

inline std::vector<std::string> errors(const fake_process& from) {
  const auto exit = ended(from);
  CHECK(exit.code == 2);
  CHECK(exit.out.empty());
  std::vector<std::string> lines;
  std::istringstream in{exit.err};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::vector<std::string> errors(std::vector<std::string> args) {
  return errors(fake_process{std::move(args), {}, {}});
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline const shown_setting& shown(const loaded& from, std::string_view name) {
  const auto i =
    std::find_if(from.shown.begin(), from.shown.end(), [&](auto& x) { return x.name == name; });
  REQUIRE(i != from.shown.end());
  return *i;
}

}  // namespace herald::test
