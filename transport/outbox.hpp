#pragma once

#include "actors/actor_meter.hpp"
#include "actors/notification.hpp"
#include "transport/shard.hpp"
#include "transport/tls/session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace herald::transport {

/// How much may wait for one client.
struct outbox_limits {
  std::size_t max_bytes = 1u << 20;
  std::size_t max_messages = 10'000;
};

/// What an outbox belongs to.
class outbox_owner {
public:
  /// The outbox gave way to others: what had not begun to be written is dropped already.
  virtual void on_shed() = 0;

  /// There may be room for a page of a log, as was asked for.
  virtual void on_room() = 0;

  /// What keeps the outbox alive.
  virtual caf::ref_counted& counted() noexcept = 0;

protected:
  ~outbox_owner() = default;
};

/// What waits to be written to one socket: reference-counted buffers, written with one `sendmsg` for up to 64 of them when the
/// shard's ready actors have run. At rest it owns no memory of its own.
///
/// Over TLS, what waits is joined into records of up to 16 KiB and encrypted when the socket has taken what was encrypted before,
/// up to 64 KiB at a time, which one system call sends.
/// Thread: its shard.
/// Bound:  `outbox_limits`, for what goes in by `try_push`, and while the socket takes no more, what `outbox_budget` allows;
///         `push` is for the few bytes of control frames and events.
class outbox {
public:
  /// `tls` is the connection's; null: it is plain.
  outbox(shard& home, boost::asio::ip::tcp::socket socket, outbox_limits limits, std::unique_ptr<tls_session> tls = nullptr);
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Queues a buffer holding `messages` messages. What waits is written first, if that makes room. False, and nothing queued, if
  /// it goes over a limit still.
  bool try_push(shared_bytes_ptr what, std::size_t messages);

  /// Queues a buffer whatever waits.
  void push(shared_bytes_ptr what);

  /// Calls `told` once the kernel has all that is queued now; never, should that not come to be.
  void watch(std::function<void()> told);

  /// Drops what has not begun to be written (or encrypted). What has begun must be finished, or a frame would be cut.
  void drop_unsent() noexcept;

  /// Drops what has not begun to be written and tells the owner, for the sake of others.
  void shed();

  /// Writes as much as the socket takes. Never blocks.
  void flush();

  /// The same, by the shard, whose list of dirty outboxes it has left. Nobody else may say so: a dirty outbox that ends has to
  /// be taken off that list.
  void flush_in_turn();

  /// Says that nothing more comes, where TLS has a word for it, as far as the socket takes it.
  void say_end();

  /// Flushes at the end of the turn: TLS itself has something to send.
  void flush_soon() { be_flushed(); }

  /// Set by the owner once. It is kept alive while the socket takes no more.
  void owner(outbox_owner* what) noexcept { owner_ = what; }

  /// Keeps room for a page of a log: how many bytes of it may be read, so many at least. 0: there is no room now.
  std::size_t begin_page(std::size_t least_bytes = 0) noexcept;

  /// What was read is queued. Gives back what was kept, and writes what the socket takes.
  void end_page(std::size_t bytes);

  /// Tells the owner once, from a flush, as soon as there may be room for a page.
  void ask_room();

  /// Writes past the limit of the socket's own buffer, for the last words to a client that does not read: so it hears them
  /// should it read again, when the connection has been let go of. Best effort: the system has a limit too.
  void flush_last_words();

  /// Bytes the socket has taken so far, encrypted ones where it is TLS.
  std::uint64_t written() const noexcept { return written_; }

  bool empty() const noexcept { return next_ == queue_.size() && !(tls_ && tls_->has_output()); }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t messages() const noexcept { return messages_; }
  std::size_t highest_bytes() const noexcept { return highest_bytes_.get(); }
  std::size_t highest_messages() const noexcept { return highest_messages_.get(); }

  /// Whether the socket takes no more now.
  bool is_stalled() const noexcept { return waiting_; }

  /// Whether so much waits, in spite of the limits, that the client does not even take control frames.
  bool is_overfull() const noexcept { return bytes_ > 2 * limits_.max_bytes; }

  boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }
  shard& home() noexcept { return home_; }
  tls_session* tls() noexcept { return tls_.get(); }

private:
  friend class outbox_budget;

  struct item {
    shared_bytes_ptr bytes;
    std::size_t messages;
  };

  /// Who waits for something to be written. Only what is traced is watched.
  struct watchers {
    struct watcher {
      std::uint64_t at;  ///< When so many bytes have gone.
      std::function<void()> told;
    };
    std::deque<watcher> waiting;
    std::uint64_t gone_bytes = 0;
  };

  static constexpr std::uint32_t never_refused = std::numeric_limits<std::uint32_t>::max();

  void enqueue(item what);
  void be_flushed();
  bool send_some();
  std::ptrdiff_t send_once();
  std::ptrdiff_t send_plain();
  std::ptrdiff_t send_encrypted();
  void encrypt_some();
  void consume(std::size_t sent) noexcept;
  bool is_half_empty() const noexcept;
  void tell_room();
  std::size_t max_bytes() const noexcept;
  void wait_writable();
  void count_bytes(std::size_t now) noexcept;
  void tell_written(std::size_t bytes);
  void unwatch_after(std::size_t bytes) noexcept;
  void fail() noexcept;
  void clear() noexcept;

  shard& home_;
  boost::asio::ip::tcp::socket socket_;
  outbox_limits limits_;
  std::unique_ptr<tls_session> tls_;
  outbox_owner* owner_ = nullptr;
  std::unique_ptr<watchers> watched_;  ///< Null, mostly.
  std::vector<item> queue_;
  std::size_t next_ = 0;     ///< The first item of `queue_` that is not written out.
  std::size_t offset_ = 0;   ///< How much of it is.
  std::size_t bytes_ = 0;
  std::size_t encrypted_ = 0;  ///< How many of them are no longer in `queue_`, but with TLS.
  std::size_t messages_ = 0;
  std::uint64_t written_ = 0;
  [[no_unique_address]] highest highest_bytes_;
  [[no_unique_address]] highest highest_messages_;
  std::chrono::steady_clock::time_point stalled_since_{};
  std::uint64_t ticket_ = 0;        ///< Its place among those that wait for others to give up room; 0: it does not.
  std::uint32_t kept_bytes_ = 0;    ///< Room for pages that are being read.
  std::uint32_t least_bytes_ = 0;   ///< Of the page that its owner asks room for.
  std::uint32_t refused_at_ = never_refused;  ///< What waited when `try_push` last found no room, since it last did.
  std::uint32_t stalled_at_ = 0;    ///< Its place among the stalled ones, while it is one.
  bool stalled_ = false;
  bool shed_ = false;
  bool wants_room_ = false;
  bool dirty_ = false;
  bool waiting_ = false;     ///< For the socket to take more.
  bool failed_ = false;
};

}  // namespace herald::transport
