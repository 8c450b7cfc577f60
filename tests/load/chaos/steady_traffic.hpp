#pragma once

#include "chaos/random.hpp"
#include "chaos/steady_publisher.hpp"
#include "options.hpp"
#include "population.hpp"

namespace herald::load {

/// Says when the next message is due and to whom: 80 of 100 to a user, 15 to a group, 5 to everybody. A message that falls due while
/// the one before it on its channel is not accepted yet is held back, and not made up for. With `--broadcast-every`, broadcasts come evenly
/// instead of by chance, so that nobody is to be silent for longer.
class steady_traffic {
public:
  steady_traffic(const options& given, const population& people) : given_(given), people_(people), chances_(given.seed + 2) {}

  void begin(nanos at) { next_ = next_broadcast_ = at; }
  void end() { next_ = next_broadcast_ = 0; }

  /// Submits what is due at `time`.
  void turn(steady_publisher& to, nanos time) {
    for (; next_ > 0 && next_ <= time; next_ += static_cast<nanos>(1e9 / given_.rate))
      submit(choose(), to, time);
    for (; given_.broadcast_every > 0 && next_broadcast_ > 0 && next_broadcast_ <= time; next_broadcast_ += given_.broadcast_every)
      submit(population::broadcast(), to, time);
  }

  std::uint64_t held_back() const { return held_back_; }

private:
  void submit(channel_id channel, steady_publisher& to, nanos time) {
    if (to.busy(channel))
      ++held_back_;
    else
      to.submit(channel, time);
  }

  channel_id choose() {
    const auto dice = chances_.below(100);
    if (dice < 5 && given_.broadcast_every == 0)
      return population::broadcast();
    if (dice < 20 && people_.groups() > 0)
      return people_.group(chances_.below(people_.groups()));
    return people_.user(chances_.below(people_.users()));
  }

  const options& given_;
  const population& people_;
  chances chances_;
  nanos next_ = 0, next_broadcast_ = 0; ///< 0: nothing
  std::uint64_t held_back_ = 0;
};

} // namespace herald::load
