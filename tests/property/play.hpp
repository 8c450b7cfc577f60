#pragma once

#include "tests/property/client.hpp"
#include "tests/property/model_bridge.hpp"
#include "tests/property/network.hpp"
#include "tests/property/redis_model.hpp"
#include "tests/support/world.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace herald::property {

/// What is put in on purpose, to see that the referee finds it.
enum class planted {
  nothing,
  jumps_are_taken,   ///< The bridge passes on whatever comes live.
  resets_are_kept,   ///< The bridge does not say that something is gone.
  pages_have_holes,  ///< A page lacks an entry in its midst.
  forks_are_missed,  ///< Offsets are given anew under the same epoch.
  frames_are_lost,   ///< A link takes what it has no room for, and loses it.
};

struct rules_of_play {
  std::uint64_t seed = 1;
  std::size_t steps = 150;
  bool with_sessions = true;     ///< Down to clients; else the bridge's feeds alone.
  bool knows_run = true;         ///< Whether nodes may ask a server who it is.
  planted fault = planted::nothing;
};

struct outcome_of_play {
  std::string error;  ///< Empty: all promises were kept.
  std::uint64_t delivered = 0;
  std::uint64_t resets = 0;
};

/// One node, a Redis and a few clients; messages, failures and reading in an order that the seed decides. At the end
/// everything is whole again, a last message goes to each channel, and everybody must have got what was due to them.
outcome_of_play play(const rules_of_play& rules);

}  // namespace herald::property
