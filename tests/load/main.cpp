#include "chaos/chaos_run.hpp"
#include "chaos/comeback_run.hpp"
#include "chaos/report.hpp"
#include "flags.hpp"
#include "process_meter.hpp"
#include "report.hpp"
#include "run.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <fstream>

namespace {

using namespace herald::load;

/// Raises the limit of open files as far as it goes. Says what is needed if that is not enough.
std::string raise_file_limit(const options& given) {
  constexpr rlim_t others = 64;
  const rlim_t needed = given.sessions() + std::uint64_t{given.publish_connections} * given.publish_targets.size() + others;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max >= needed)
    return {};
  return std::to_string(given.sessions()) + " sessions need " + std::to_string(needed) + " open files, and the hard limit is "
         + std::to_string(files.rlim_max) + ": raise it (ulimit -Hn) or split the users over several runs with --user-prefix";
}

/// Shows what was found, and writes it where it was asked for. The exit code.
template <class Results>
int show(const options& given, const Results& found) {
  std::fputs(as_table(given, found).c_str(), stdout);
  if (!given.json_file.empty() && !(std::ofstream{given.json_file} << as_json(given, found))) {
    std::fprintf(stderr, "herald-load: --json %s: can't be written\n", given.json_file.c_str());
    return 1;
  }
  return found.flawless() ? 0 : 1;
}

int carry_out(const options& given) {
  auto problem = raise_file_limit(given);
  if (problem.empty())
    problem = process_meter{given.cpu_of}.check();
  if (!problem.empty()) {
    std::fprintf(stderr, "herald-load: %s\n", problem.c_str());
    return 2;
  }
  switch (given.kind) {
  case run_kind::chaos: return show(given, chaos_run{given}.carry_out());
  case run_kind::comeback: return show(given, comeback_run{given}.carry_out());
  default: return show(given, run{given}.carry_out());
  }
}

} // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = parse_flags(argc, argv);
    if (const auto* given = std::get_if<options>(&parsed))
      return carry_out(*given);
    const auto& exit = std::get<early_exit>(parsed);
    std::fputs(exit.text.c_str(), exit.code == 0 ? stdout : stderr);
    return exit.code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "herald-load: %s\n", error.what());
    return 1;
  }
}
