#pragma once

#include "publish_connection.hpp"
#include "publisher.hpp"

#include <deque>
#include <vector>

namespace herald::load {

/// POST /api/v1/notifications on keep-alive connections, one request at a time on each; what becomes due meanwhile waits and
/// goes into the next request, up to the batch's size. A channel keeps to one connection, so that its order holds.
class http_publisher : public publisher {
public:
  http_publisher(const options& given, const population& people, const message_codec& codec, ledger& book)
    : given_(given), people_(people), codec_(codec), book_(book), lines_(given.publish_connections) {}

  std::string open(poller& events) override;
  void submit(const stamp& what) override;
  void flush() override;
  void on_event(std::uint64_t token, std::uint32_t events) override;
  std::size_t queued_bytes() const override { return waiting_ * given_.payload_bytes; }
  std::uint64_t unanswered() const override { return waiting_ + asked_; }

private:
  /// One connection.
  struct line {
    publish_connection connection;
    std::deque<stamp> waiting;  ///< not sent yet
    std::vector<stamp> asked;   ///< in the request that is out
    bool wants_writable = false;
  };

  void send_next(line& on);
  void flush_line(line& on, std::size_t index);
  void append_notification(std::string& to, const stamp& what);
  void take_answer(line& on, std::string_view head, std::string_view body);
  void lose(const std::string& why);

  const options& given_;
  const population& people_;
  const message_codec& codec_;
  ledger& book_;
  poller* events_ = nullptr;
  std::vector<line> lines_;
  std::string body_;
  std::uint64_t waiting_ = 0, asked_ = 0;
};

} // namespace herald::load
