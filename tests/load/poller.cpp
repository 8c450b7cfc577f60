#include "poller.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace herald::load {

namespace {
timespec to_timespec(nanos duration) {
  return {.tv_sec = duration / second, .tv_nsec = duration % second};
}
} // namespace

poller::poller() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_ < 0)
    throw std::system_error{errno, std::generic_category(), "epoll_create1"};
  prctl(PR_SET_TIMERSLACK, 1'000UL); // 50 µs by default: too coarse for pauses of 200
}

poller::~poller() {
  close(fd_);
}

bool poller::add(int fd, std::uint32_t events, std::uint64_t token) {
  epoll_event event{.events = events, .data = {.u64 = token}};
  return epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void poller::change(int fd, std::uint32_t events, std::uint64_t token) {
  epoll_event event{.events = events, .data = {.u64 = token}};
  epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event);
}

void poller::remove(int fd) {
  epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const epoll_event> poller::wait(nanos timeout) {
  const auto time = to_timespec(std::max<nanos>(timeout, 0));
  const auto capacity = static_cast<int>(events_.size());
  auto count = epoll_pwait2(fd_, events_.data(), capacity, &time, nullptr);
  if (count < 0 && errno == ENOSYS) // before Linux 5.11: to the millisecond
    count = epoll_wait(fd_, events_.data(), capacity, static_cast<int>(timeout / millisecond));
  if (count < 0 && errno != EINTR)
    throw std::system_error{errno, std::generic_category(), "epoll_wait"};
  last_count_ = static_cast<std::size_t>(std::max(count, 0));
  return {events_.data(), last_count_};
}

void rest(nanos duration) {
  if (duration <= 0)
    return;
  const auto time = to_timespec(duration);
  nanosleep(&time, nullptr); // interrupted: the loop goes round once more, no harm
}

} // namespace herald::load
