#pragma once

#include "actors/actor_walk.hpp"
#include "transport/actor_survey.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace herald::app {

/// What `/admin/actors` answers, and what it is made of.
struct actors_answer {
  std::string_view node;
  std::int64_t time_ms = 0;                           ///< Unix time.
  std::array<std::uint64_t, actor_kinds> running{};   ///< How many actors there are.
  actor_query asked;
  transport::survey_result survey;
};

/// As `docs/operations.md` has it. What does not turn comes first, then the actors in their order.
std::string to_json(actors_answer what);

/// The same for another node, which puts it into one order with what others found: with each row's rank.
std::string to_json_with_ranks(actors_answer what);

}  // namespace herald::app
