#include "app/cpu_quota.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace herald::app;

namespace {

using files = std::map<std::string, std::string>;

std::optional<std::size_t> cpus(files system) {
  return cgroup_cpus([system = std::move(system)](const std::string& path) {
    const auto i = system.find(path);
    return i == system.end() ? std::nullopt : std::optional{i->second};
  });
}

const std::string v2_mount = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
const std::string v1_mount =
  "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
  "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
  "33 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";

/// A v2 machine whose process stands in `path`.
files v2(const std::string& path, files limits) {
  limits["/proc/self/cgroup"] = "0::" + path + '\n';
  limits["/proc/self/mountinfo"] = v2_mount;
  return limits;
}

files v1(const std::string& path, files limits) {
  limits["/proc/self/cgroup"] = "7:cpuset:/\n4:cpu,cpuacct:" + path + "\n0::/\n";
  limits["/proc/self/mountinfo"] = v1_mount;
  return limits;
}

}  // namespace

TEST_SUITE_BEGIN("cpu_quota");

TEST_CASE("no cgroup, no limit") {
  CHECK(cpus({}) == std::nullopt);
}

TEST_CASE("v2: a quota is rounded up") {
  const auto with = [](const char* limit) {
    return cpus(v2("/", {{"/sys/fs/cgroup/cpu.max", limit}}));
  };
  CHECK(with("50000 100000\n") == 1);
  CHECK(with("100000 100000\n") == 1);
  CHECK(with("150000 100000\n") == 2);
  CHECK(with("1600000 100000\n") == 16);
  CHECK(with("max 100000\n") == std::nullopt);
}

TEST_CASE("v2: the tightest limit on the way to the root counts") {
  CHECK(cpus(v2("/pods/pod1/c1", {{"/sys/fs/cgroup/pods/cpu.max", "800000 100000"},
                                  {"/sys/fs/cgroup/pods/pod1/cpu.max", "150000 100000"},
                                  {"/sys/fs/cgroup/pods/pod1/c1/cpu.max", "max 100000"}}))
        == 2);
}

TEST_CASE("v1: quota and period stand in two files, -1 is no limit") {
  const std::string folder = "/sys/fs/cgroup/cpu,cpuacct/pods/c1";
  const auto with = [&](const char* quota, const char* period) {
    return cpus(v1("/pods/c1", {{folder + "/cpu.cfs_quota_us", quota},
                                {folder + "/cpu.cfs_period_us", period}}));
  };
  CHECK(with("50000\n", "100000\n") == 1);
  CHECK(with("150000\n", "100000\n") == 2);
  CHECK(with("-1\n", "100000\n") == std::nullopt);
}

TEST_CASE("v1 in a container: the host's path is shown, but the mount is the container's own") {
  auto system = files{
    {"/proc/self/cgroup", "4:cpu:/docker/abc\n"},
    {"/proc/self/mountinfo", "9 8 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"},
    {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000"},
    {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"}};
  CHECK(cpus(system) == 1);
  // Without the path that fits: still the container's own.
  system["/proc/self/cgroup"] = "4:cpu:/../other\n";
  CHECK(cpus(system) == 1);
}

TEST_CASE("a hybrid machine: both hierarchies are asked") {
  auto system = v1("/", {{"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000"},
                         {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000"}});
  system["/proc/self/mountinfo"] += "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
  CHECK(cpus(system) == 3);
}

TEST_CASE("without /proc the usual places are read") {
  CHECK(cpus({{"/sys/fs/cgroup/cpu.max", "200000 100000"}}) == 2);
  CHECK(cpus({{"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000"},
              {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"}})
        == 1);
}

TEST_CASE("a mount point with a blank in it") {
  CHECK(cpus({{"/proc/self/cgroup", "0::/\n"},
              {"/proc/self/mountinfo", "9 8 0:1 / /my\\040cg rw - cgroup2 none rw\n"},
              {"/my cg/cpu.max", "200000 100000"}})
        == 2);
}

TEST_CASE("what makes no sense is no limit") {
  for (const char* limit : {"", "x", "50000", "0 100000", "-5 100000", "50000 0", "50000 -1",
                            "99999999999999999999 1", "9223372036854775807 1", "\xff\xfe"}) {
    CAPTURE(limit);
    CHECK(cpus(v2("/a/b", {{"/sys/fs/cgroup/a/b/cpu.max", limit}})) == std::nullopt);
  }
  CHECK(cpus({{"/proc/self/cgroup", "::::\n\n0\n0:"},
              {"/proc/self/mountinfo", "- - -\n\n1 2 3 4 5 - cgroup2\n"}})
        == std::nullopt);
}

TEST_CASE("shards auto is the smaller of affinity and quota, within 1 and 64") {
  settings s;
  CHECK(resolved_shards(s, 8, std::nullopt) == 8);
  CHECK(resolved_shards(s, 8, 2) == 2);
  CHECK(resolved_shards(s, 2, 8) == 2);
  CHECK(resolved_shards(s, 0, std::nullopt) == 1);
  CHECK(resolved_shards(s, 500, std::nullopt) == 64);
  s.shards = 5;
  CHECK(resolved_shards(s, 1, 1) == 5);
}

TEST_CASE("this very machine has at least one CPU") {
  CHECK(resolved_shards(settings{}) >= 1);
}

TEST_SUITE_END();
