#include "transport/file_watch.hpp"

#include "actors/log.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include <pthread.h>
#include <sys/stat.h>

namespace herald::transport {
namespace {

constexpr std::chrono::seconds look_every{1};

std::int64_t nanoseconds(const timespec& from) {
  return static_cast<std::int64_t>(from.tv_sec) * 1'000'000'000 + from.tv_nsec;
}

}  // namespace

file_watch::stamp file_watch::stamp_of(const std::string& file) {
  struct stat found {};
  if (file.empty() || ::stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
}

std::vector<file_watch::stamp> file_watch::stamps_of(const std::vector<std::string>& files) {
  std::vector<stamp> result;
  result.reserve(files.size());
  for (const auto& file : files) result.push_back(stamp_of(file));
  return result;
}

void file_watch::add(std::vector<std::string> files, std::function<void()> on_change) {
  auto now = stamps_of(files);
  entries_.push_back({std::move(files), std::move(on_change), now, now});
}

void file_watch::look() {
  for (auto& one : entries_) {
    auto now = stamps_of(one.files);
    const bool is_settled = now == one.seen;
    one.seen = std::move(now);
    if (!is_settled || one.seen == one.taken) continue;
    one.taken = one.seen;  // before they are read: what changes meanwhile is read again
    try {
      one.on_change();
    } catch (const std::exception& x) {  // no memory: the next change will do
      log::limited(log::level::error, "file_not_taken", {{"file", one.files.front()}, {"what", x.what()}});
    }
  }
}

void file_watch::start() {
  if (entries_.empty()) return;
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "files");
}

void file_watch::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void file_watch::run() {
  std::unique_lock lock{mutex_};
  while (!changed_.wait_for(lock, look_every, [this] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

}  // namespace herald::transport
