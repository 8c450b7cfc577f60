#pragma once

#include "clock.hpp"

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

namespace herald::load {

/// An epoll instance whose waits are exact to the microsecond.
/// Bound: 512 events a wait, so that a broadcast to everybody does not hold up what is to be published meanwhile.
class poller {
public:
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  bool add(int fd, std::uint32_t events, std::uint64_t token);
  void change(int fd, std::uint32_t events, std::uint64_t token);
  void remove(int fd);

  /// Waits up to `timeout`. An interrupted wait is an empty one.
  std::span<const epoll_event> wait(nanos timeout);

  /// True if the last wait brought as much as fits: more may be there.
  bool full() const { return last_count_ == events_.size(); }

private:
  int fd_;
  std::size_t last_count_ = 0;
  std::array<epoll_event, 512> events_{};
};

/// Sleeps, for less rather than longer.
void rest(nanos duration);

} // namespace herald::load
