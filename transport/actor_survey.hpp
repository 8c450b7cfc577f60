#pragma once

#include "actors/actor_walk.hpp"
#include "transport/shard.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace herald::transport {

/// A shard as another thread can see it, whether it answers or not.
struct shard_row {
  std::size_t shard = 0;
  std::chrono::nanoseconds since_turn{0};  ///< Since its last turn began: a quarter of a second at most, where nothing is wrong.
  std::chrono::nanoseconds last_turn{0};
  std::chrono::nanoseconds turn_highest{0};
  std::chrono::nanoseconds lag_highest{0};
  std::optional<home::running_actor> running;
  bool answered = false;  ///< And looked at all of its actors.
  bool stuck = false;     ///< It did not answer, and has not turned for half a second.
};

struct survey_result {
  std::vector<home_actors> found;  ///< Of those shards that answered.
  std::vector<shard_row> shards;
};

/// Asks every shard for the first of its actors. Each goes over its own, in slices of a tenth of a turn (50 µs at least) with
/// rests of four times as long, so that deliveries hardly notice, on this shard and on others that have to share its CPU.
/// Thread: `home`'s, for all of its functions; it outlives the shards' threads.
/// Bound:  after 200 ms it is content with what it has; a shard gives up after 150 ms, and says what it found so far.
class actor_survey {
public:
  using done = std::function<void(survey_result)>;

  actor_survey(shard& home, std::vector<shard*> all) : home_(home), all_(std::move(all)) {}

  void ask(const actor_query& what, done then);

private:
  using clock = std::chrono::steady_clock;

  struct question {
    explicit question(shard& home) : patience(home.context()) {}

    boost::asio::steady_timer patience;
    done then;
    std::vector<home_actors> found;
  };

  struct walk;

  void go_on(const std::shared_ptr<walk>& what);
  void hand_in(std::uint64_t number, home_actors found);
  void finish(std::uint64_t number);
  std::vector<shard_row> look_at_shards(const std::vector<home_actors>& found) const;

  shard& home_;
  std::vector<shard*> all_;
  std::map<std::uint64_t, std::unique_ptr<question>> open_;
  std::uint64_t last_number_ = 0;
};

}  // namespace herald::transport
