#include "app/file_watch.hpp"

#include <fstream>

#include <sys/stat.h>

namespace herald::app {

std::optional<std::string> read_whole_file(const std::string& path, std::size_t most) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  std::string result(most + 1, '\0');
  file.read(result.data(), static_cast<std::streamsize>(result.size()));
  const auto count = static_cast<std::size_t>(file.gcount());
  if (file.bad() || count > most) return std::nullopt;
  result.resize(count);
  return result;
}

file_watch::file_watch(std::string path, std::function<void()> on_change)
  : path_(std::move(path)), on_change_(std::move(on_change)), last_(mark_of(path_)), thread_([this] { run(); }) {}

file_watch::~file_watch() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

file_watch::mark file_watch::mark_of(const std::string& path) noexcept {
  struct ::stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size), found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

void file_watch::run() {
  constexpr std::chrono::seconds interval{1};
  for (std::unique_lock lock{mutex_}; !ended_.wait_for(lock, interval, [this] { return stopping_; });) {
    const auto now = mark_of(path_);
    if (now == last_) continue;
    last_ = now;
    lock.unlock();
    on_change_();
    lock.lock();
  }
}

}  // namespace herald::app
