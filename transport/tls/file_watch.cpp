#include "transport/tls/file_watch.hpp"

#include "actors/log.hpp"

#include <chrono>
#include <exception>

#include <pthread.h>

namespace herald::transport {
namespace {

constexpr std::chrono::seconds look_every{1};

}  // namespace

void tls_file_watch::start() {
  if (ports_.empty()) return;
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "tls-files");
}

void tls_file_watch::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void tls_file_watch::run() {
  std::unique_lock lock{mutex_};
  while (!changed_.wait_for(lock, look_every, [this] { return stopping_; })) {
    lock.unlock();
    try {
      for (auto* port : ports_) port->check();
    } catch (const std::exception& x) {  // no memory: there is another second
      log::limited(log::level::error, "tls_check_failed", {{"what", x.what()}});
    }
    lock.lock();
  }
}

}  // namespace herald::transport
