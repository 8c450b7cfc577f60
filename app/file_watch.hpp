#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace herald::app {

/// A file's text; nothing if it can't be read, or has more than `most` bytes.
std::optional<std::string> read_whole_file(const std::string& path, std::size_t most);

/// Looks once a second whether a file is another one than before (its inode, size or time), as after an edit, a `mv`, or
/// when Kubernetes exchanges what a Secret is mounted from, and says so.
/// Thread: one of its own, because looking at a file may block; `on_change` runs there.
/// Ends:   with its destructor, which waits for an `on_change` that runs.
class file_watch {
public:
  file_watch(std::string path, std::function<void()> on_change);
  ~file_watch();
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

private:
  /// What a change changes; all zero for a file that is not there.
  struct mark {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    friend bool operator==(const mark&, const mark&) = default;
  };

  static mark mark_of(const std::string& path) noexcept;
  void run();

  std::string path_;
  std::function<void()> on_change_;
  mark last_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace herald::app
