#pragma once

#include "poller.hpp"

#include <optional>
#include <string>

namespace herald::load {

/// What an outside script says while a run goes on: lines on stdin, and signals (SIGINT, SIGTERM: `stop`).
class console {
public:
  static constexpr std::uint64_t token = UINT64_MAX;

  explicit console(poller& events);

  void on_event();

  /// The next whole line, if there is one.
  std::optional<std::string> next_line();

  /// How often a signal asked for the end.
  static int interruptions();

private:
  poller& events_;
  std::string text_;
};

} // namespace herald::load
