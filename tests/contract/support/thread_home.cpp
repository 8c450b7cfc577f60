#include "tests/contract/support/thread_home.hpp"

#include <caf/resumable.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace herald::contract {

thread_home::thread_home(caf::actor_system& system, std::size_t index)
  : home(system, index), work_(context_.get_executor()), thread_([this] { run(); }) {}

thread_home::~thread_home() { stop(); }

void thread_home::exec_later(caf::resumable* job) {
  {
    std::lock_guard guard{mutex_};
    ready_.push_back(job);
  }
  boost::asio::post(context_, [] {});
}

void thread_home::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  boost::asio::post(context_, [] {});
  thread_.join();
}

void thread_home::run() {
  while (!stopping_) {
    if (!run_ready()) context_.run_one();
    context_.poll();
  }
  while (run_ready()) {}
}

bool thread_home::run_ready() {
  std::vector<caf::resumable*> round;
  {
    std::lock_guard guard{mutex_};
    round.swap(ready_);
  }
  for (auto* job : round) {
    if (job->resume(this, 256) == caf::resumable::resume_later)
      exec_later(job);
    else
      intrusive_ptr_release(job);
  }
  return !round.empty();
}

}  // namespace herald::contract
