#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace herald::load {

progress::progress(bool wanted) : wanted_(wanted), terminal_(isatty(STDERR_FILENO) != 0), next_(now() + second), last_(now()) {}

void progress::show(const progress_state& state) {
  const auto time = now();
  const auto rate = static_cast<double>(state.delivered - last_delivered_) / to_seconds(time - last_);
  last_ = time;
  last_delivered_ = state.delivered;
  next_ = time + second;
  if (!wanted_)
    return;
  std::fprintf(stderr, "%s%4.0f s  connected %llu/%llu  published %llu  delivered/s %.0f  missing so far %llu%s", terminal_ ? "\r\x1b[K" : "",
               to_seconds(state.since_start), static_cast<unsigned long long>(state.ready), static_cast<unsigned long long>(state.sessions),
               static_cast<unsigned long long>(state.published), rate, static_cast<unsigned long long>(state.missing), terminal_ ? "" : "\n");
}

void progress::end() {
  if (wanted_ && terminal_)
    std::fputs("\r\x1b[K", stderr);
}

} // namespace herald::load
