#pragma once

#include "actors/random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace herald {

class session;

/// The sessions of a shard that are to stay, so that some can be chosen at random to go: who was told to go is not in it any more.
/// Thread: its shard's.   Bound: one entry a session.
class session_roll {
public:
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  void add(session& who);

  /// Does nothing if it is not in it.
  void remove(session& who) noexcept;

  std::size_t size() const noexcept { return all_.size(); }

  /// One of them, each as likely as the others. @pre there is one
  session& any() const;

  /// Calls `f` with `most` of them, all different, or with all if there are fewer.
  template <class F>
  void sample(std::size_t most, F&& f) const {
    const auto start = all_.empty() ? 0 : random_bits() % all_.size();
    for (std::size_t i = 0; i < std::min(most, all_.size()); ++i) f(*all_[(start + i) % all_.size()]);
  }

private:
  std::vector<session*> all_;
};

}  // namespace herald
