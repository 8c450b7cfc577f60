#include "chaos/console.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <csignal>

namespace herald::load {

namespace {

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int) {
  interrupted = interrupted + 1;
}

} // namespace

console::console(poller& events) : events_(events) {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  events_.add(STDIN_FILENO, EPOLLIN, token); // a file or /dev/null can't be waited for, and says nothing
}

void console::on_event() {
  char bytes[1024];
  const auto got = read(STDIN_FILENO, bytes, sizeof bytes);
  if (got > 0)
    text_.append(bytes, static_cast<std::size_t>(got));
  else
    events_.remove(STDIN_FILENO);
}

std::optional<std::string> console::next_line() {
  const auto end = text_.find('\n');
  if (end == std::string::npos)
    return std::nullopt;
  auto line = text_.substr(0, end);
  text_.erase(0, end + 1);
  return line;
}

int console::interruptions() {
  return interrupted;
}

} // namespace herald::load
