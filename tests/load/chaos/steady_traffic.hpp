#pragma once

#include "chaos/random.hpp"
#include "chaos/steady_publisher.hpp"
#include "options.hpp"
#include "population.hpp"

namespace herald::load {

/// Says when the next message is due and to whom: 80 of 100 to a user, 15 to a group, 5 to everybody. A message that falls due while
/// the one before it on its channel is not accepted yet is held back, and not made up for.
class steady_traffic {
public:
  steady_traffic(const options& given, const population& people) : given_(given), people_(people), chances_(given.seed + 2) {}

  void begin(nanos at) { next_ = at; }
  void end() { next_ = 0; }

  /// Submits what is due at `time`.
  void turn(steady_publisher& to, nanos time) {
    for (; next_ > 0 && next_ <= time; next_ += static_cast<nanos>(1e9 / given_.rate))
      if (const auto channel = choose(); to.busy(channel))
        ++held_back_;
      else
        to.submit(channel, time);
  }

  std::uint64_t held_back() const { return held_back_; }

private:
  channel_id choose() {
    const auto dice = chances_.below(100);
    if (dice < 5)
      return population::broadcast();
    if (dice < 20 && people_.groups() > 0)
      return people_.group(chances_.below(people_.groups()));
    return people_.user(chances_.below(people_.users()));
  }

  const options& given_;
  const population& people_;
  chances chances_;
  nanos next_ = 0; ///< 0: nothing
  std::uint64_t held_back_ = 0;
};

} // namespace herald::load
