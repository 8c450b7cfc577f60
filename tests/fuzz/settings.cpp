#include "tests/fuzz/require.hpp"

#include "app/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using namespace herald::app;

namespace {

/// The first part is the file, the others are arguments; a zero byte between.
process_inputs inputs_of(std::string_view text) {
  process_inputs from;
  const auto end = std::min(text.find('\0'), text.size());
  std::string file{text.substr(0, end)};
  text.remove_prefix(std::min(end + 1, text.size()));
  while (!text.empty()) {
    const auto stop = std::min(text.find('\0'), text.size());
    from.args.emplace_back(text.substr(0, stop));
    text.remove_prefix(std::min(stop + 1, text.size()));
  }
  from.env["HERALD_CONFIG"] = "herald.conf";
  from.host_name = "machine-1";
  from.read_file = [file = std::move(file)](const std::string&) { return std::optional{file}; };
  return from;
}

/// What is printed as the configuration must be one, and mean the same.
void check_printed(process_inputs from, const loaded& meant) {
  from.args.emplace_back("--print-config");
  auto printed = parse(from);
  auto* text = std::get_if<early_exit>(&printed);
  herald::fuzz::require(text != nullptr && text->code == 0, "a good configuration can be printed");
  from.args.clear();
  from.read_file = [&](const std::string&) { return std::optional{text->out}; };
  auto read = parse(from);
  auto* again = std::get_if<loaded>(&read);
  herald::fuzz::require(again != nullptr && again->shown.size() == meant.shown.size(), "what is printed can be read");
  for (std::size_t i = 0; i < meant.shown.size(); ++i)
    herald::fuzz::require(again->shown[i].value == meant.shown[i].value, "what is printed means what was meant");
}

}  // namespace

/// The configuration file and the command line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto from = inputs_of({reinterpret_cast<const char*>(data), size});
  auto result = parse(from);
  if (auto* exit = std::get_if<early_exit>(&result)) {
    herald::fuzz::require(exit->code == 0 || exit->code == 2, "an exit code is 0 or 2");
    herald::fuzz::require(exit->code == 0 || !exit->err.empty(), "an error is explained");
  } else {
    const auto& meant = std::get<loaded>(result);
    const auto& values = meant.values;
    herald::fuzz::require(values.publish_max_bytes > 0 && values.ping_interval.count() > 0, "every setting has a value");
    check_printed(from, meant);
  }
  return 0;
}
