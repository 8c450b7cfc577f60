#pragma once

#include <cstdio>
#include <cstdlib>

namespace herald::fuzz {

/// Ends the process, which the fuzzer reports together with the input, unless `holds`.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

}  // namespace herald::fuzz
