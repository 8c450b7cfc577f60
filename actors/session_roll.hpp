#pragma once

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

private:
  std::vector<session*> all_;
};

}  // namespace herald
