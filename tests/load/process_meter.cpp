#include "process_meter.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace herald::load {

namespace {

std::string proc(pid_t pid, const char* what) {
  return "/proc/" + std::to_string(pid) + "/" + what;
}

nanos scheduled(pid_t pid) {
  nanos sum = 0;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator{proc(pid, "task"), ignored}) {
    nanos ran = 0;
    std::ifstream{task.path() / "schedstat"} >> ran;
    sum += ran;
  }
  return sum;
}

nanos ticked(pid_t pid) {
  std::ifstream file{proc(pid, "stat")};
  std::string line;
  std::getline(file, line);
  const auto after_name = line.rfind(')'); // the name may hold anything
  if (after_name == std::string::npos)
    return 0;
  std::istringstream fields{line.substr(after_name + 1)};
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    fields >> skipped;
  nanos user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * (second / sysconf(_SC_CLK_TCK));
}

} // namespace

std::string process_meter::check() const {
  for (const auto pid : pids_)
    if (!std::ifstream{proc(pid, "smaps_rollup")})
      return "--cpu-of " + std::to_string(pid) + ": no such process, or it may not be read";
  return {};
}

nanos process_meter::cpu() const {
  nanos sum = 0;
  for (const auto pid : pids_) {
    const auto exact = scheduled(pid);
    sum += exact > 0 ? exact : ticked(pid);
  }
  return sum;
}

std::uint64_t process_meter::pss_bytes() const {
  std::uint64_t sum = 0;
  for (const auto pid : pids_) {
    std::ifstream file{proc(pid, "smaps_rollup")};
    std::string word;
    while (file >> word && word != "Pss:") {
    }
    std::uint64_t kibibytes = 0;
    file >> kibibytes;
    sum += kibibytes * 1024;
  }
  return sum;
}

nanos own_cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<nanos>(time.tv_sec) * second + time.tv_nsec;
}

} // namespace herald::load
