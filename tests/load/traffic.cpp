#include "traffic.hpp"

#include <algorithm>

namespace herald::load {

traffic::traffic(const options& given, const population& people, ledger& book)
  : given_(given), people_(people), book_(book), random_(given.seed * 0x9e3779b97f4a7c15u | 1) {
  total_ = given.count > 0 ? given.count : std::max<std::uint64_t>(1, static_cast<std::uint64_t>(given.rate * to_seconds(given.duration)));
}

nanos traffic::next_due() const {
  if (done())
    return std::numeric_limits<nanos>::max();
  return given_.rate > 0 ? began_ + static_cast<nanos>(static_cast<double>(sent_) / given_.rate * 1e9) : began_;
}

stamp traffic::next(nanos time) {
  stamp what;
  what.intended = given_.rate > 0 ? next_due() : time;
  what.channel = choose();
  what.sequence = book_.publish(what.channel);
  ++sent_;
  return what;
}

channel_id traffic::choose() {
  switch (given_.mode) {
  case traffic_mode::broadcast: return population::broadcast();
  case traffic_mode::group: return people_.group(random_below(people_.groups()));
  case traffic_mode::mixed: {
    const auto dice = random_below(100);
    if (dice == 0)
      return population::broadcast();
    if (dice <= 10 && people_.groups() > 0)
      return people_.group(random_below(people_.groups()));
    break;
  }
  default: break;
  }
  return people_.user(random_below(people_.users()));
}

/// xorshift64*: the choice needs spread and repeatability, no more.
std::uint32_t traffic::random_below(std::uint32_t limit) {
  random_ ^= random_ >> 12;
  random_ ^= random_ << 25;
  random_ ^= random_ >> 27;
  const auto high = random_ * 0x2545f4914f6cdd1du >> 32;
  return static_cast<std::uint32_t>(high * limit >> 32);
}

} // namespace herald::load
