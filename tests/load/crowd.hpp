#pragma once

#include "client_session.hpp"
#include "options.hpp"
#include "poller.hpp"
#include "population.hpp"
#include "referee.hpp"

#include <deque>
#include <string>
#include <vector>

namespace herald::load {

struct crowd_counts {
  std::uint64_t ready = 0;           ///< sessions that got as far as their welcome, and are still there
  std::uint64_t failed_attempts = 0; ///< connects that were refused or broke off, and were tried again
  std::uint64_t closed = 0;          ///< ready sessions that ended before the run did
  std::string first_failure;
  std::string first_close;
};

/// All sessions: connects them, at the asked rate and with a bounded number unfinished, and hands what they get to the referee.
/// A failed connect is tried again every 200 ms until the connect timeout; a refusal that will not change (4xx) is fatal.
class crowd {
public:
  crowd(const options& given, const population& people, poller& events, referee& judge);
  ~crowd();

  /// Starts what may be started at `time`.
  void start_connects(nanos time);

  /// When `start_connects` has something to do again.
  nanos next_start() const;

  void on_event(session_id session, std::uint32_t events);

  bool all_ready() const { return counts_.ready == people_.sessions(); }
  const crowd_counts& counts() const { return counts_; }
  const std::vector<bool>& closed() const { return closed_; }

  /// Not empty: connecting on makes no sense.
  const std::string& fatal() const { return fatal_; }

private:
  struct retry {
    nanos at;
    session_id session;
  };

  void start(session_id session);
  void go_on(session_id session);
  void upgrade(session_id session);
  void on_frame(session_id session, std::string_view frame, nanos arrived);
  void on_gone(session_id session, const std::string& why);
  void become_ready(session_id session);
  const endpoint& node_of(session_id session) const { return given_.nodes[session % given_.nodes.size()]; }

  const options& given_;
  const population& people_;
  poller& events_;
  referee& judge_;
  std::vector<client_session> sessions_;
  std::vector<char> scratch_;
  std::vector<bool> closed_;
  std::deque<retry> retries_;
  session_id next_ = 0;
  std::uint32_t in_flight_ = 0;
  nanos began_ = 0;
  crowd_counts counts_;
  std::string fatal_;
};

} // namespace herald::load
