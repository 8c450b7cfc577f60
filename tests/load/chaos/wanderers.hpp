#pragma once

#include "chaos/account.hpp"
#include "chaos/experience.hpp"
#include "chaos/frames.hpp"
#include "chaos/random.hpp"
#include "chaos/wanderer.hpp"
#include "message.hpp"
#include "options.hpp"
#include "poller.hpp"

#include <map>
#include <string>
#include <vector>

namespace herald::load {

/// What the clients went through.
struct wandering {
  std::uint64_t ready = 0;            ///< greeted, and still connected
  std::uint64_t failed_attempts = 0;  ///< connects that did not end in a welcome
  std::uint64_t reconnects = 0;       ///< welcomes after the first one of a client
  std::uint64_t left = 0;             ///< connections that the clients ended of their own accord (`--reconnect-every`)
  std::uint64_t recovered = 0;        ///< channels that a welcome said to be recovered
  std::uint64_t not_recovered = 0;    ///< … and not
  std::uint64_t resume_ignored = 0;   ///< channels with a cursor that a welcome said nothing of
  std::uint64_t damaged = 0;          ///< notifications that are not what was published, or without a cursor
  std::uint64_t foreign = 0;
  std::uint64_t errors = 0;
  std::uint64_t byes = 0;
  nanos longest_without = 0;          ///< from a connection's end to the next welcome
  nanos longest_silence = 0;          ///< from the last byte before that to the next welcome
  std::map<std::string, std::uint64_t> ends; ///< why connections ended, and how often
  std::string first_damaged, first_error;
  std::vector<std::string> first_resets; ///< what was reset, and which cursor the client had had
};

/// All clients of a chaos run. Each keeps the cursor of every channel's last frame that had one, and when its connection ends, for
/// whatever reason, comes back with them after a jittered pause, at the next address in turn.
/// Thread: the run's own.   Bound: `--connects-in-flight` unfinished connects.
class wanderers {
public:
  wanderers(const options& given, const population& people, poller& events, const message_codec& codec, account& book);
  ~wanderers();

  /// Starts, ends and cuts what is due at `time`.
  void turn(nanos time);
  void on_event(session_id session, std::uint32_t events);

  /// All go, and stay away until they are called back.
  void send_away(nanos time);
  void call_back(nanos time);

  /// From now on each leaves of their own accord, about every `mean`; and no more.
  void stir(nanos mean, nanos time);
  void calm();

  bool all_ready() const { return counts_.ready == people_.sessions(); }
  nanos last_delivery() const { return last_delivery_; }
  experience& felt() { return felt_; }

  /// Not final while clients are away: call it at the end. Counts those who are still away as they are.
  wandering seen(nanos time) const;

  /// Not empty: going on makes no sense.
  const std::string& fatal() const { return fatal_; }

private:
  void start(session_id session, nanos time);
  void upgrade(session_id session);
  void look_after(session_id session, nanos time);
  void on_frame(session_id session, std::string_view frame, nanos time);
  void on_welcome(session_id session, const server_frame& read, nanos time);
  void on_news(session_id session, std::string_view frame, nanos time);
  void on_notification(session_id session, const stamp& what, std::string_view frame, nanos time);
  void on_gone(session_id session, std::string why, nanos pause);
  void keep_cursor(session_id session, const channel_news& news);
  void on_reset(session_id session, const channel_news& news, std::string_view frame, nanos time);
  nanos pause_of(wanderer& who);
  void note(std::uint64_t& counter, std::string& first, std::string_view frame);

  const options& given_;
  const population& people_;
  poller& events_;
  const message_codec& codec_;
  account& book_;
  experience felt_;
  chances chances_;
  std::vector<wanderer> all_;
  std::vector<char> scratch_;
  std::uint32_t in_flight_ = 0;
  nanos next_look_ = 0, last_delivery_ = 0;
  nanos leave_every_ = 0;
  wandering counts_;
  std::string fatal_;
};

} // namespace herald::load
