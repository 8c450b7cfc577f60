#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace herald::transport {

/// Looks once a second whether files are others than before (by inode, size and times), as after an edit, a `mv`, or when Kubernetes
/// exchanges what a Secret is mounted from, and says so. Files that belong together, as a certificate and its key, are one entry.
/// Thread: one of its own for all of a node's files, because looking at a file may block; `on_change` runs there, and may block.
/// Ends:   with `stop`, or its own end, which wait for an `on_change` that runs.
/// Errors: an `on_change` that throws is logged.
class file_watch {
public:
  file_watch() = default;
  ~file_watch() { stop(); }
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

  /// Calls `on_change` each time that one of the files has changed from now on and all have stayed as they are from one look to the
  /// next: who replaces one after the other must not be caught in between. An empty name is no file. Add them before they are read
  /// for the first time: then what changes meanwhile is read again. Before `start`.
  void add(std::vector<std::string> files, std::function<void()> on_change);

  /// Begins to look, if there is anything to look at.
  void start();
  void stop();

  /// Looks once: what the thread does each second.
  void look();

private:
  /// Tells one state of a file from another.
  struct stamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = -1, modified_ns = 0, changed_ns = 0;  ///< Size -1: it isn't there.
    friend bool operator==(const stamp&, const stamp&) = default;
  };
  struct entry {
    std::vector<std::string> files;
    std::function<void()> on_change;
    std::vector<stamp> taken;  ///< As they were before the last `on_change`.
    std::vector<stamp> seen;   ///< At the last look.
  };

  static stamp stamp_of(const std::string& file);
  static std::vector<stamp> stamps_of(const std::vector<std::string>& files);
  void run();

  std::vector<entry> entries_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  ///< Guarded by `mutex_`.
  std::thread thread_;
};

}  // namespace herald::transport
