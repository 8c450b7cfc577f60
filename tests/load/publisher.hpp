#pragma once

#include "ledger.hpp"
#include "message.hpp"
#include "options.hpp"
#include "poller.hpp"

#include <memory>
#include <string>

namespace herald::load {

/// Epoll tokens from here on belong to the publisher; smaller ones are session ids.
constexpr std::uint64_t first_publisher_token = std::uint64_t{1} << 32;

struct publish_counts {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  ///< answered with an error: excused in the ledger
  std::uint64_t unheard = 0;  ///< accepted by Redis, which had no subscriber for it
  std::string first_refusal;
};

/// Sends messages to where they are published.
/// Thread: the run's own.   Bound: none of its own; the run stops submitting while `queued_bytes()` is large.
class publisher {
public:
  virtual ~publisher() = default;

  /// Connects, blocking. Returns what went wrong, or nothing.
  virtual std::string open(poller& events) = 0;

  /// Queues a message.
  virtual void submit(const stamp& what) = 0;

  /// Sends what sockets take now.
  virtual void flush() = 0;

  virtual void on_event(std::uint64_t token, std::uint32_t events) = 0;

  /// Bytes, or messages' worth of them, that are not with the kernel yet.
  virtual std::size_t queued_bytes() const = 0;

  /// Messages submitted and not yet answered.
  virtual std::uint64_t unanswered() const = 0;

  const publish_counts& counts() const { return counts_; }

  /// Not empty: the connection was lost, and nothing more is sent.
  const std::string& broken() const { return broken_; }

protected:
  void refuse(ledger& book, const stamp& what, std::string_view why) {
    ++counts_.refused;
    book.excuse(what.channel, what.sequence);
    if (counts_.first_refusal.empty())
      counts_.first_refusal = why.substr(0, 200);
  }

  publish_counts counts_;
  std::string broken_;
};

/// The publisher that `given.publish` asks for.
std::unique_ptr<publisher> make_publisher(const options& given, const population& people, const message_codec& codec, ledger& book);

} // namespace herald::load
