#include "tests/fuzz/require.hpp"

#include "app/operator/fleet_text.hpp"

#include <cstdint>
#include <string_view>

using namespace herald::app;

/// What nodes say to each other: whoever may write to Redis may say it, too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto found = fleet_text::parse({reinterpret_cast<const char*>(data), size});
  if (!found) return 0;
  const auto again = std::visit([](const auto& what) { return fleet_text::parse(fleet_text::to_text(what)); }, *found);
  herald::fuzz::require(again && again->index() == found->index(), "what was understood can be said again");
  if (const auto* facts = std::get_if<node_facts>(&*found)) {
    herald::fuzz::require(fleet_text::is_node_name(facts->id.name), "a node's name is one");
    herald::fuzz::require(std::get<node_facts>(*again) == *facts, "a node's facts come back");
  }
  return 0;
}
