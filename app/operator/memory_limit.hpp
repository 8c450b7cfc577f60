#pragma once

#include "app/cpu_quota.hpp"

#include <cstdint>
#include <optional>

namespace herald::app {

/// How much memory the cgroup of this process may use: the tightest limit from its own cgroup up to the root (`memory.max`), or in
/// a hierarchy of version 1 what the kernel says it comes to (`hierarchical_memory_limit`). Nothing where there is no limit.
std::optional<std::uint64_t> cgroup_memory_limit(const file_reader& read);

}  // namespace herald::app
