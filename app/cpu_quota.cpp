#include "app/cpu_quota.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <vector>

namespace herald::app {

namespace {

constexpr std::size_t most_shards = 64;
constexpr std::int64_t most_microseconds = std::numeric_limits<std::int64_t>::max() / 2;

enum class hierarchy { v1, v2 };

/// Where a hierarchy is mounted, and which of its directories stands at that place.
struct mount {
  hierarchy kind = hierarchy::v2;
  std::string root;
  std::string point;
};

std::vector<std::string> split(const std::string& text, char mark) {
  std::vector<std::string> parts;
  std::istringstream in{text};
  for (std::string part; std::getline(in, part, mark);) parts.push_back(part);
  return parts;
}

bool has_cpu(const std::string& comma_list) {
  const auto parts = split(comma_list, ',');
  return std::find(parts.begin(), parts.end(), "cpu") != parts.end();
}

/// mountinfo writes a blank in a path as \040, and so on.
std::string unescape(const std::string& text) {
  const auto octal = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '7'; };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      result +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// proc(5): `id parent major:minor root point options [more…] - type source super-options`.
std::vector<mount> cpu_mounts(const file_reader& read) {
  std::vector<mount> result;
  for (const auto& line : split(read("/proc/self/mountinfo").value_or(""), '\n')) {
    const auto words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 5 || words.end() - dash < 4) continue;
    const auto& type = dash[1];
    if (type == "cgroup2")
      result.push_back({hierarchy::v2, unescape(words[3]), unescape(words[4])});
    else if (type == "cgroup" && has_cpu(dash[3]))
      result.push_back({hierarchy::v1, unescape(words[3]), unescape(words[4])});
  }
  return result;
}

/// cgroups(7): `id:controllers:path`; in v2 id is 0 and there are no controllers.
std::string own_path(const file_reader& read, hierarchy kind) {
  for (const auto& line : split(read("/proc/self/cgroup").value_or(""), '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const bool is_v2 = controllers.empty() && line.substr(0, first) == "0";
    if (kind == hierarchy::v2 ? is_v2 : has_cpu(controllers)) return line.substr(second + 1);
  }
  return "/";
}

std::optional<std::size_t> rounded_up(std::int64_t quota, std::int64_t period) {
  if (quota <= 0 || period <= 0 || quota > most_microseconds) return {};
  return static_cast<std::size_t>(quota / period + (quota % period != 0 ? 1 : 0));
}

std::optional<std::int64_t> read_number(const file_reader& read, const std::string& path) {
  const auto text = read(path);
  std::int64_t number = 0;
  if (!text || !(std::istringstream{*text} >> number)) return {};
  return number;
}

std::optional<std::size_t> limit_in(const file_reader& read, hierarchy kind,
                                    const std::string& folder) {
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (kind == hierarchy::v2) {
    const auto text = read(folder + "/cpu.max");
    // `max 100000` is no limit: reading a number from `max` fails.
    if (!text || !(std::istringstream{*text} >> quota >> period)) return {};
    return rounded_up(quota, period);
  }
  quota = read_number(read, folder + "/cpu.cfs_quota_us").value_or(-1);
  period = read_number(read, folder + "/cpu.cfs_period_us").value_or(0);
  return rounded_up(quota, period);
}

void keep_smaller(std::optional<std::size_t>& least, std::optional<std::size_t> x) {
  if (x && (!least || *x < *least)) least = x;
}

/// The path below the mount point, or nothing where the two don't fit together: within a
/// container the path may be one of the host's, and the mount point is the container's own.
std::string below(const mount& where, const std::string& path) {
  if (path.find("/..") != std::string::npos) return {};
  const auto root = where.root == "/" ? std::string{} : where.root;
  if (!path.starts_with(root)) return {};
  auto rest = path.substr(root.size());
  if (!rest.empty() && rest.front() != '/') return {};
  while (rest.ends_with('/')) rest.pop_back();
  return rest;
}

std::optional<std::size_t> limit_of(const file_reader& read, const mount& where) {
  std::optional<std::size_t> least;
  auto rest = below(where, own_path(read, where.kind));
  for (;;) {
    keep_smaller(least, limit_in(read, where.kind, where.point + rest));
    if (rest.empty()) return least;
    rest.resize(rest.rfind('/'));
  }
}

}  // namespace

std::optional<std::size_t> cgroup_cpus(const file_reader& read) noexcept {
  try {
    std::optional<std::size_t> least;
    auto mounts = cpu_mounts(read);
    if (mounts.empty())
      mounts = {{hierarchy::v2, "/", "/sys/fs/cgroup"},
                {hierarchy::v1, "/", "/sys/fs/cgroup/cpu"},
                {hierarchy::v1, "/", "/sys/fs/cgroup/cpu,cpuacct"}};
    for (const auto& where : mounts) keep_smaller(least, limit_of(read, where));
    return least;
  } catch (...) {
    // Out of memory; the caller goes by the affinity alone.
    return {};
  }
}

std::size_t affinity_cpus() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1));
}

std::optional<std::string> read_system_file(const std::string& path) {
  std::ifstream file{path};
  if (!file) return {};
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

std::size_t resolved_shards(const settings& from, std::size_t affinity,
                            std::optional<std::size_t> cgroup) noexcept {
  if (from.shards) return *from.shards;
  return std::clamp<std::size_t>(std::min(affinity, cgroup.value_or(affinity)), 1, most_shards);
}

std::size_t resolved_shards(const settings& from) noexcept {
  return resolved_shards(from, affinity_cpus(), cgroup_cpus(read_system_file));
}

}  // namespace herald::app
