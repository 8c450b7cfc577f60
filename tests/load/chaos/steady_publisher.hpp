#pragma once

#include "chaos/account.hpp"
#include "chaos/publish_line.hpp"
#include "chaos/random.hpp"
#include "message.hpp"
#include "options.hpp"
#include "poller.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace herald::load {

/// What the publishers went through.
struct publishing {
  std::uint64_t tries = 0;
  std::uint64_t refused = 0;      ///< answered with something else than 202
  std::uint64_t timeouts = 0;     ///< not answered in time
  std::uint64_t broken = 0;       ///< the connection ended with the request in it
  std::uint64_t unreachable = 0;  ///< could not connect
  std::uint64_t repeated = 0;     ///< messages that took more than one try
  nanos longest_outage = 0;       ///< the longest time without an accepted publish
  nanos slowest = 0;              ///< the longest time from a message's first try to its acceptance
  std::map<std::string, std::uint64_t> refusals; ///< by what was said
};

/// Publishes durably over HTTP, to several nodes in turn, and gives no message up: what is not answered with 202 is tried again,
/// with the same id, on another node. A channel has one message under way at a time, so that its order is defined.
/// Thread: the run's own.   Bound: a message for each channel.
class steady_publisher {
public:
  steady_publisher(const options& given, const population& people, const message_codec& codec, account& book, poller& events);

  bool busy(channel_id channel) const { return busy_[channel]; }
  void submit(channel_id channel, nanos time);

  /// Sends what can be sent, and notices what took too long.
  void turn(nanos time);
  void on_event(std::uint64_t token, std::uint32_t events);

  std::uint64_t unanswered() const { return unanswered_; }

  /// The outage that lasts until `time` counts too, while something is unanswered.
  publishing seen(nanos time) const;

  /// Not empty: a publish was refused in a way that no other node would mend.
  const std::string& fatal() const { return fatal_; }

private:
  struct job {
    stamp what;
    nanos first_try = 0;
    nanos not_before = 0;
    nanos deadline = 0; ///< of the try under way
    std::uint32_t tries = 0;
    std::size_t avoid = SIZE_MAX; ///< the node of the last try
  };
  struct line {
    publish_line connection;
    std::size_t node;
    std::optional<job> under_way;
  };

  bool dispatch(job what, nanos time);
  line* free_line(std::size_t avoid, nanos time);
  void ask(line& on);
  void take_answer(line& on, const http_answer& answer, nanos time);
  void fail(line& on, std::uint64_t& counter, nanos time, bool node_is_down);
  std::string request_of(const job& what, std::size_t node);

  const options& given_;
  const population& people_;
  const message_codec& codec_;
  account& book_;
  poller& events_;
  chances chances_;
  std::vector<line> lines_;
  std::vector<nanos> down_until_; // by node
  std::vector<bool> busy_;        // by channel
  std::deque<job> waiting_;
  std::size_t next_node_ = 0;
  std::uint64_t unanswered_ = 0;
  nanos last_accept_ = 0;
  publishing counts_;
  std::string fatal_;
};

} // namespace herald::load
