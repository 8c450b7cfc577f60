#pragma once

#include "backplane/redis/options.hpp"
#include "backplane/redis/replies.hpp"
#include "backplane/redis/stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace herald::backplane {

/// One connection to Redis, from the attempt to its end. It is never mended: `connection` makes another one.
///
///     open ──▶ connect ──▶ AUTH, SELECT, CLIENT SETNAME, ROLE, INFO server, PING ──▶ on_open … on_closed
///
/// An inquiry, to a Sentinel or any server: AUTH, CLIENT SETNAME, PING. Sentinels are offered the servers' password; one that
/// has none takes us without.
/// One that sends commands asks for its ROLE again and again: a master that was made a replica is left at once.
/// Thread: its home's.   Ends: with an error, in silence (`silence_max`), or by `close()`.
/// Bound:  what waits for an answer is bounded by whoever sends commands; a reply by `max_reply_bytes`; one read by 1 MiB.
class wire : public std::enable_shared_from_this<wire> {
public:
  enum class role { commands, subscriber, inquiry };

  /// Whoever it works for. Told nothing more after `on_closed` or `close()`.
  class owner {
  public:
    virtual void on_open() = 0;
    /// A subscriber's message or confirmation.
    virtual void on_push(const redisReply& what) = 0;
    /// Everything that one read brought was handed over.
    virtual void on_read() = 0;
    virtual void on_closed(const std::string& why) = 0;

  protected:
    ~owner() = default;
  };

  /// What became of a command: Redis's reply, or none and why.
  enum class outcome { replied, timed_out, lost };
  using reply_handler = std::function<void(outcome, const redisReply*)>;

  wire(boost::asio::io_context& context, std::unique_ptr<stream> bytes, const redis_options& options, role as,
       owner& told);

  void open(const redis_options::address& to);

  /// Ends it without a word to its owner; commands without an answer are lost.
  void close();

  /// Ends it, and says why.
  void fail(const std::string& why);

  /// Sends a command; what is sent in one turn goes out in one write. @pre it is open
  /// `done` is called once, at most `command_timeout` and a tick later; an empty one is not, whenever the reply comes.
  void command(std::span<const std::string_view> arguments, reply_handler done);
  void command(std::initializer_list<std::string_view> arguments, reply_handler done);

  /// The same for a command that `append_command` has made.
  void command_encoded(std::string_view bytes, reply_handler done);

  /// A subscriber's command, which has no reply of its own but pushes.
  void tell(std::span<const std::string_view> arguments);

  /// What tells this run of this server from every other: `run_id` of `INFO server`. `-` where it may not be asked, and of
  /// a connection that sends no commands. @pre it is open
  std::string_view run_id() const noexcept { return run_id_; }

  /// Whether a command was not answered in time and Redis has been silent since.
  bool is_stalled() const noexcept { return expired_ > 0; }

  /// Stops reading, so that Redis (and its limits) hold what comes.
  void pause() noexcept { paused_ = true; }
  void resume();

private:
  using clock = std::chrono::steady_clock;

  struct pending {
    reply_handler done;
    clock::time_point deadline;
  };

  void handshake();
  void greet_server();
  void authenticate();
  void must(std::initializer_list<std::string_view> arguments);
  void ask_role();
  void on_handshake_over(outcome what, const redisReply* reply);
  void read();
  void on_bytes(boost::system::error_code error, std::size_t count);
  void on_reply(const redisReply& reply);
  void schedule_flush();
  void flush();
  void watch();
  void on_tick();
  void expire(clock::time_point now);
  void keep_awake(clock::time_point now);
  void end();

  boost::asio::io_context& context_;
  std::unique_ptr<stream> bytes_;
  const redis_options& options_;
  role role_;
  owner* owner_;
  boost::asio::steady_timer timer_;
  replies replies_;

  std::vector<char> in_;
  std::string out_;        ///< Queued.
  std::string on_its_way_; ///< Being written.
  std::deque<pending> pending_;
  std::string run_id_ = "-";
  std::size_t expired_ = 0;  ///< So many at the front of `pending_` were given up.

  bool open_ = true;
  bool ready_ = false;
  bool may_ask_role_ = true;
  bool paused_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool flush_is_due_ = false;
  clock::time_point born_ = clock::now();
  clock::time_point heard_ = born_;
  clock::time_point pinged_ = born_;
  clock::time_point ticked_ = born_;
};

}  // namespace herald::backplane
