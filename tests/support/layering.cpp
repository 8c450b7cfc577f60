#include "tests/support/layering.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace herald::test {
namespace {

/// A folder of ours and those of ours that it may include besides itself.
struct layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

const std::vector<layer>& layers() {
  static const std::vector<layer> all{
    {"actors/", {}},
    {"transport/", {"actors/"}},
    {"backplane/", {"actors/"}},
    {"app/", {"actors/", "transport/", "backplane/"}},
  };
  return all;
}

/// A library and where it may be included.
struct library {
  std::string_view prefix;
  std::vector<std::string_view> only_in;
  bool only_in_cpp = false;
};

const std::vector<library>& libraries() {
  static const std::vector<library> all{
    {"boost/", {"transport/", "backplane/"}},
    {"cjose/", {"transport/auth/"}, true},
    {"curl/", {"transport/auth/"}, true},
    {"hiredis/", {"backplane/redis/"}},
    {"rapidjson/", {"transport/", "backplane/"}, true},
    {"openssl/", {"transport/tls/", "transport/auth/", "backplane/redis/", "app/api_keys."}, true},
    {"prometheus/", {"app/"}},
    {"zlib.h", {"transport/"}, true},
  };
  return all;
}

bool begins_with_one_of(std::string_view text, const std::vector<std::string_view>& prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return text.starts_with(prefix); });
}

void check_include(std::string_view path, std::string_view included, std::vector<std::string>& errors) {
  auto complain = [&](const std::string& why) { errors.push_back(std::string{path} + " includes " + std::string{included} + ": " + why); };
  if (included.find("../") != std::string_view::npos) complain("name it from the project's root");
  if (included.starts_with("tests/")) complain("tests are not a part of the node");
  auto own = std::ranges::find_if(layers(), [&](const layer& x) { return path.starts_with(x.folder); });
  auto its = std::ranges::find_if(layers(), [&](const layer& x) { return included.starts_with(x.folder); });
  if (own == layers().end()) {
    complain("its own folder is in no layer");
  } else if (its != layers().end() && its != own && !begins_with_one_of(included, own->may_include)) {
    complain(std::string{own->folder} + " may not depend on " + std::string{its->folder});
  }
  for (const auto& lib : libraries()) {
    if (!included.starts_with(lib.prefix)) continue;
    if (!begins_with_one_of(path, lib.only_in)) complain("only " + std::string{lib.only_in.front()} + " and its like use this library");
    if (lib.only_in_cpp && !path.ends_with(".cpp")) complain("only a .cpp may use this library");
  }
}

}  // namespace

std::vector<std::string> layering_errors(std::string_view path, std::string_view text) {
  static const std::regex include{R"(^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">])", std::regex::ECMAScript | std::regex::multiline};
  std::vector<std::string> errors;
  const std::string copy{text};
  for (std::sregex_iterator i{copy.begin(), copy.end(), include}, end; i != end; ++i) check_include(path, (*i)[1].str(), errors);
  return errors;
}

}  // namespace herald::test
