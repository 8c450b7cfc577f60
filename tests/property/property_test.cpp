#include "tests/property/play.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace herald::property;

/// The promise of `docs/architecture.md`, held against orders of events that nobody thought of: HERALD_PROPERTY_SEED is the
/// first seed, HERALD_PROPERTY_ROUNDS how many are played.
TEST_SUITE_BEGIN("property");

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text != nullptr ? std::stoull(text) : otherwise;
}

struct tally {
  std::string error;
  std::uint64_t delivered = 0;
  std::uint64_t resets = 0;
};

/// Plays until something is wrong.
tally play_rounds(rules_of_play rules, std::uint64_t rounds) {
  tally all;
  const auto first = from_environment("HERALD_PROPERTY_SEED", 1);
  for (auto seed = first; seed < first + rounds && all.error.empty(); ++seed) {
    rules.seed = seed;
    const auto got = play(rules);
    all.delivered += got.delivered;
    all.resets += got.resets;
    if (!got.error.empty()) all.error = "seed " + std::to_string(seed) + ": " + got.error;
  }
  return all;
}

void hold(const rules_of_play& rules, std::uint64_t rounds) {
  const auto all = play_rounds(rules, from_environment("HERALD_PROPERTY_ROUNDS", rounds));
  CHECK_MESSAGE(all.error.empty(), all.error);
  // A play in which nothing happens proves nothing.
  CHECK(all.delivered > 0);
  CHECK(all.resets > 0);
}

}  // namespace

TEST_CASE("a feed gives everything once and in order, or says that something is gone") {
  hold({.with_sessions = false}, 1500);
}

TEST_CASE("a client that comes and goes gets everything once and in order, or is told that something is gone") {
  hold({.steps = 250}, 1000);
}

TEST_CASE("a fault that is put in is found") {
  for (auto fault : {planted::jumps_are_taken, planted::resets_are_kept, planted::pages_have_holes, planted::forks_are_missed}) {
    CAPTURE(static_cast<int>(fault));
    CHECK_FALSE(play_rounds({.with_sessions = false, .fault = fault}, 500).error.empty());
  }
  for (auto fault : {planted::jumps_are_taken, planted::pages_have_holes, planted::forks_are_missed, planted::frames_are_lost}) {
    CAPTURE(static_cast<int>(fault));
    CHECK_FALSE(play_rounds({.steps = 250, .fault = fault}, 500).error.empty());
  }
}

TEST_SUITE_END();
