#include "actors/actor_row.hpp"

#include <array>

namespace herald {
namespace {

using namespace std::chrono_literals;

constexpr auto slow_handling = 10ms;
constexpr auto slow_busy = 50ms;
constexpr std::size_t deep_mailbox = 100;

}  // namespace

std::string_view to_string(blame what) noexcept {
  constexpr std::array<std::string_view, 4> names{"none", "mailbox", "handler", "socket"};
  return names[static_cast<std::size_t>(what)];
}

blame blame_of(const actor_row& row) noexcept {
  if (row.session && (row.session->link.is_stalled || row.session->is_slow)) return blame::socket;
  if (row.recent_handling >= slow_handling && row.recent_busy >= slow_busy) return blame::handler;
  return row.mailbox >= deep_mailbox ? blame::mailbox : blame::none;
}

}  // namespace herald
