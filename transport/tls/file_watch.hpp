#pragma once

#include "transport/tls/port.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace herald::transport {

/// Looks once a second whether a port's files have changed. Files may block, shards may not: so it has a thread of its own, if
/// there is a port to look after at all.
/// Ends: with `stop`, or its own end.
class tls_file_watch {
public:
  /// The ports must outlive it.
  explicit tls_file_watch(std::vector<tls_port*> ports) : ports_(std::move(ports)) {}
  ~tls_file_watch() { stop(); }
  tls_file_watch(const tls_file_watch&) = delete;
  tls_file_watch& operator=(const tls_file_watch&) = delete;

  void start();
  void stop();

private:
  void run();

  std::vector<tls_port*> ports_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  ///< Guarded by `mutex_`.
  std::thread thread_;
};

}  // namespace herald::transport
