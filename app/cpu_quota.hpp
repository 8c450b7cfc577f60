#pragma once

#include "app/config.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace herald::app {

/// Reads a small file of the system; empty when there is none.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;

/// How many CPUs the cgroup of this process may use, rounded up (500m is 1, 1500m is 2); empty
/// when nothing limits it. The tightest limit from the process's own cgroup up to the root
/// counts. Reads `cpu.max` (v2) or `cpu.cfs_quota_us` and `cpu.cfs_period_us` (v1), found through
/// /proc/self/cgroup and /proc/self/mountinfo, else in /sys/fs/cgroup. A file that makes no sense
/// is no limit.
std::optional<std::size_t> cgroup_cpus(const file_reader& read) noexcept;

/// How many CPUs the process may run on by its affinity mask; at least 1.
std::size_t affinity_cpus() noexcept;

/// Reads a file of the running system.
std::optional<std::string> read_system_file(const std::string& path);

/// `shards`, or for `auto` the smaller of affinity and cgroup, within 1 and 64.
std::size_t resolved_shards(const settings& from, std::size_t affinity,
                            std::optional<std::size_t> cgroup) noexcept;

/// The same for this process.
std::size_t resolved_shards(const settings& from) noexcept;

}  // namespace herald::app
