#include "app/config.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

namespace herald::app {

namespace {

constexpr std::size_t largest_file_bytes = 1 << 20;

std::optional<std::string> read_config_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::string text(largest_file_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A directory opens but does not read; a whole file ends before the buffer does.
  if (file.bad() || !file.eof()) return {};
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string machine_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "herald";
  return name.data();
}

}  // namespace

process_inputs inputs_of_process(int argc, const char* const* argv) {
  process_inputs result;
  if (argc > 1) result.args.assign(argv + 1, argv + argc);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      result.env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  result.read_file = read_config_file;
  result.host_name = machine_name();
  return result;
}

}  // namespace herald::app
