#include "app/operator/memory_limit.hpp"

#include <sstream>
#include <string>

namespace herald::app {
namespace {

/// Version 1 says so where there is none: the largest page-aligned number.
constexpr std::uint64_t no_limit = std::uint64_t{1} << 62;

std::optional<std::uint64_t> smaller(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  return !a || (b && *b < *a) ? b : a;
}

std::optional<std::uint64_t> number_in(const std::optional<std::string>& text) {
  std::uint64_t number = 0;
  if (!text || !(std::istringstream{*text} >> number) || number >= no_limit) return std::nullopt;  // `max` is no number
  return number;
}

/// cgroups(7): `0::/path`, and for version 1 `id:…,memory,…:/path`.
std::string own_path(const file_reader& read, bool v2) {
  std::istringstream in{read("/proc/self/cgroup").value_or("")};
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
    if (v2 ? controllers == ",," : controllers.find(",memory,") != std::string::npos) return line.substr(second + 1);
  }
  return {};
}

std::optional<std::uint64_t> v2_limit(const file_reader& read) {
  auto path = own_path(read, true);
  if (path.find("/..") != std::string::npos) path.clear();  // one of the host's
  std::optional<std::uint64_t> least;
  for (;;) {
    while (path.ends_with('/')) path.pop_back();
    least = smaller(least, number_in(read("/sys/fs/cgroup" + path + "/memory.max")));
    if (path.empty()) return least;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

std::optional<std::uint64_t> v1_limit(const file_reader& read) {
  auto text = read("/sys/fs/cgroup/memory" + own_path(read, false) + "/memory.stat");
  if (!text) text = read("/sys/fs/cgroup/memory/memory.stat");  // in a container, its own stands at the mount's root
  std::istringstream in{text.value_or("")};
  for (std::string line; std::getline(in, line);)
    if (constexpr std::string_view name = "hierarchical_memory_limit "; line.starts_with(name)) return number_in(line.substr(name.size()));
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> cgroup_memory_limit(const file_reader& read) {
  return smaller(v2_limit(read), v1_limit(read));
}

}  // namespace herald::app
