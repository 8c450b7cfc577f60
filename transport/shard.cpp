#include "transport/shard.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"
#include "transport/outbox.hpp"

#include <caf/resumable.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>

#include <pthread.h>

namespace herald::transport {
namespace {

constexpr std::size_t max_rounds = 64;
constexpr std::size_t max_events = 512;
constexpr std::size_t max_messages = 256;  // of one actor at a time

thread_local shard* current_shard = nullptr;

std::int64_t now_ticks() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

shard::shard(caf::actor_system& system, std::size_t index)
  : home(system, index), last_alive_(now_ticks()), work_(context_.get_executor()) {}

shard::~shard() {
  stop();
}

void shard::start() {
  last_alive_ = now_ticks();
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), ("shard-" + std::to_string(index())).substr(0, 15).c_str());
}

void shard::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  boost::asio::post(context_, [] {});
  thread_.join();
}

bool shard::is_current() const noexcept {
  return current_shard == this;
}

void shard::exec_later(caf::resumable* job) {
  if (is_current()) {
    ready_.push_back(job);
    return;
  }
  bool wake = false;
  {
    std::lock_guard guard{inbox_mutex_};
    inbox_.push_back(job);
    wake = !std::exchange(wake_pending_, true);
  }
  if (wake) boost::asio::post(context_, [] {});
}

void shard::forget(outbox& what) noexcept {
  std::ranges::replace(dirty_, &what, nullptr);
  std::ranges::replace(flushing_, &what, nullptr);
}

void shard::probe() {
  boost::asio::post(context_, [this, asked = now_ticks()] { turns_.was_late(now_ticks() - asked); });
}

std::chrono::steady_clock::time_point shard::last_alive() const noexcept {
  return std::chrono::steady_clock::time_point{std::chrono::steady_clock::duration{last_alive_.load()}};
}

void shard::run() {
  current_shard = this;
  while (!stopping_) turn();
  // Handlers that are left hold sockets and actors; what they wake is run to its end here.
  context_.stop();
  do {
    take_inbox();
    run_ready();
  } while (!ready_.empty());
  flush_dirty();
  current_shard = nullptr;
}

void shard::turn() {
  stats().turns.add();
  stamp(clock_ns());
  last_alive_.store(stamp(), std::memory_order_relaxed);
  turns_.begin(stamp());
  take_inbox();
  run_ready();
  runs_none();
  flush_dirty();
  poll_sockets();
  turns_.end(clock_ns());
}

/// Waits where there is nothing else to do. The first handler after that runs before the shard can look at the clock, and is not part of
/// the turn's length; `probe` sees it.
void shard::poll_sockets() {
  try {
    std::size_t events = 0;
    if (ready_.empty()) {
      turns_.pause(clock_ns());
      events = context_.run_one();
      turns_.resume(clock_ns());
    }
    while (events < max_events && context_.poll_one() > 0) ++events;
  } catch (const std::exception& x) {
    // The connection whose handler this was ends with it; the others must not.
    stats().handler_failures.add();
    log::limited(log::level::error, "handler_failed", {{"what", x.what()}});
  }
}

void shard::run_ready() {
  for (std::size_t i = 0; i < max_rounds && !ready_.empty(); ++i) {
    round_.swap(ready_);
    for (auto* job : round_) resume_one(*job);
    round_.clear();
  }
}

void shard::take_inbox() {
  std::lock_guard guard{inbox_mutex_};
  ready_.insert(ready_.end(), inbox_.begin(), inbox_.end());
  inbox_.clear();
  wake_pending_ = false;
}

void shard::resume_one(caf::resumable& job) {
  if (job.resume(this, max_messages) == caf::resumable::resume_later)
    ready_.push_back(&job);
  else
    intrusive_ptr_release(&job);
}

void shard::flush_dirty() {
  flushing_.swap(dirty_);
  for (std::size_t i = 0; i < flushing_.size(); ++i)  // an outbox may end, and be forgotten, meanwhile
    if (auto* box = flushing_[i]) box->flush_in_turn();
  flushing_.clear();
  if (latencies().is_due()) latencies().written(unix_us());
  if (budget_.is_unsettled()) budget_.settle();
}

}  // namespace herald::transport
