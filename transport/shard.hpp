#pragma once

#include "actors/home.hpp"
#include "transport/outbox_budget.hpp"
#include "transport/turn_meter.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace herald::transport {

class outbox;

/// One thread that runs its pinned actors, its sockets and their timers, in turns:
///
///     ready actors (in rounds, bounded) ──▶ write out every dirty outbox ──▶ poll the sockets ──▶ …
///
/// So frames join into one system call as soon as there is load, and nothing waits when there is none.
/// Thread: its own; `exec_later` and `probe` from any.
/// Bound:  64 rounds of actors and 512 socket events a turn.
class shard : public home {
public:
  shard(caf::actor_system& system, std::size_t index);
  ~shard() override;

  boost::asio::io_context& context() noexcept { return context_; }

  /// Starts the thread.
  void start();

  /// Ends the thread after its current turn and waits for it. Actors that are ready run first; later ones run no more.
  void stop();

  /// Queues a ready actor. Called by CAF when a message comes to an actor that has none.
  void exec_later(caf::resumable* job) override;

  /// Whether the calling thread is this shard's.
  bool is_current() const noexcept;

  /// Writes `what` out when the ready actors have run. On the shard's thread; once a turn and outbox.
  void mark_dirty(outbox& what) { dirty_.push_back(&what); }

  /// Takes back `mark_dirty`, for an outbox that ends before the turn does.
  void forget(outbox& what) noexcept;

  /// What may wait for all of its clients that don't read. On the shard's thread; the limit is set before it starts.
  outbox_budget& budget() noexcept { return budget_; }

  /// Makes the shard turn, so that `last_alive` says something, and note how long that took. Any thread.
  void probe();

  /// When its last turn began. Any thread.
  std::chrono::steady_clock::time_point last_alive() const noexcept;

  /// How long its turns take and how late they come. Written by the shard, read by any thread.
  const turn_meter& turn_times() const noexcept { return turns_; }

private:
  void run();
  void turn();
  void poll_sockets();
  void run_ready();
  void take_inbox();
  void flush_dirty();
  void resume_one(caf::resumable& job);

  std::thread thread_;
  std::atomic<bool> stopping_{false};

  std::vector<caf::resumable*> ready_;   ///< Own thread only.
  std::vector<caf::resumable*> round_;   ///< What `run_ready` goes over; kept for its memory.
  std::vector<outbox*> dirty_;
  std::vector<outbox*> flushing_;
  outbox_budget budget_{stats()};

  std::mutex inbox_mutex_;
  std::vector<caf::resumable*> inbox_;   ///< From other threads.
  bool wake_pending_ = false;            ///< Guarded by `inbox_mutex_`.

  std::atomic<std::int64_t> last_alive_;
  turn_meter turns_;

  // Last, so that it ends first: its handlers hold links, whose end uses the above.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
};

}  // namespace herald::transport
