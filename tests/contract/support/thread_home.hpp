#pragma once

#include "actors/home.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace herald::contract {

/// A home with a thread and an io_context of its own, as a bridge needs it: a shard without sockets.
class thread_home : public home {
public:
  thread_home(caf::actor_system& system, std::size_t index);
  ~thread_home() override;

  boost::asio::io_context& context() noexcept { return context_; }
  void exec_later(caf::resumable* job) override;

  /// Ends the thread. What is ready still runs. Twice is once.
  void stop();

private:
  void run();
  bool run_ready();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::mutex mutex_;
  std::vector<caf::resumable*> ready_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace herald::contract
