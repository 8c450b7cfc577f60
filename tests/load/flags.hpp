#pragma once

#include "options.hpp"

#include <string>
#include <variant>

namespace herald::load {

/// Text for the user and the exit code to leave with (`--help`: 0, a bad argument: 2).
struct early_exit {
  std::string text;
  int code = 2;
};

/// Reads the command line. An error names the flag, the value and the limit.
std::variant<options, early_exit> parse_flags(int argc, const char* const* argv);

} // namespace herald::load
