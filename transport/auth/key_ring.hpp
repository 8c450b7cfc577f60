#pragma once

#include "transport/auth/jwks_fetch.hpp"
#include "transport/auth/key_files.hpp"
#include "transport/auth/key_set.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace herald::transport {

struct key_ring_options {
  key_places places;
  std::string ca_file;                             ///< For https; empty: the system's certificates.
  std::chrono::milliseconds refresh{300'000};      ///< After so long an address is asked again …
  std::chrono::milliseconds cooldown{10'000};      ///< … and for a key that is not known, at most that often.
  std::chrono::milliseconds look_at_files{2'000};
};

/// The keys that tokens are verified with, kept up to date: files are read again when they change, an address when its keys are
/// old, or when a token names a key that is not known.
///
///     files, address ──own thread──▶ key_set (immutable) ──swapped──▶ shards verify with it
///
/// What can't be read or fetched leaves the keys as they were; it is logged and counted, and tried again.
/// Thread: one of its own, which blocks; its functions may be called from any.   Ends: with `stop()`.
/// Bound:  `max_waiting` wait for a fetch; one fetch at a time.
class key_ring {
public:
  static constexpr std::size_t max_waiting = 1'000;

  /// Numbers for the metrics.
  struct numbers {
    std::atomic<std::uint64_t> fetches_ok{0};
    std::atomic<std::uint64_t> fetches_failed{0};
    std::atomic<std::uint64_t> file_failures{0};
    std::atomic<std::int64_t> loaded_at_ms{0};  ///< Unix time at which the keys were read or fetched last; 0: never.
  };

  using fetcher = std::function<fetched(const std::string& url, const std::string& ca_file, const std::atomic<bool>& stop)>;

  explicit key_ring(key_ring_options options, fetcher fetch = fetch_jwks);
  ~key_ring();

  /// Reads the files for the first time. What is wrong, if one of them, or the address, is no good.
  std::optional<std::string> load();

  /// Starts the thread. @pre `load()` found nothing wrong
  void start();
  void stop();

  /// The keys now.
  key_set_ptr current() const;

  /// Whether the keys of the address were fetched ever; true without one.
  bool is_complete() const noexcept { return complete_; }

  /// Asks the address for keys that are not known, and calls `done` once, on the ring's thread, when it has answered or failed.
  /// False, and `done` is not called, if it was asked too lately, too many wait, or there is no address.
  bool ask_for_more(std::function<void()> done);

  const numbers& counted() const noexcept { return counted_; }

private:
  using clock = std::chrono::steady_clock;

  void run();
  void look_at_files();
  void fetch();
  void take_set(const std::string& text);
  void publish();
  clock::time_point next_wake() const;

  const key_ring_options options_;
  const fetcher fetch_;
  numbers counted_;
  std::atomic<bool> complete_{false};
  std::atomic<bool> stopping_{false};

  // Of the thread alone, once it runs.
  key_texts texts_;
  std::vector<signing_key> from_files_;
  std::vector<signing_key> from_address_;
  clock::time_point next_fetch_{};
  clock::time_point next_look_{};
  unsigned failures_ = 0;  ///< Of the address, in a row.
  std::string file_failure_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  key_set_ptr current_;
  std::vector<std::function<void()>> waiting_;
  bool is_fetching_ = false;
  clock::time_point asked_{};  ///< When the last fetch began.
  std::thread thread_;
};

}  // namespace herald::transport
