#include "app/config.hpp"

// A file of its own, so that a new version compiles these lines only. The build gives the number.
#ifndef HERALD_VERSION
#  define HERALD_VERSION "development"
#endif

namespace herald::app {

std::string_view version() noexcept {
  return HERALD_VERSION;
}

}  // namespace herald::app
