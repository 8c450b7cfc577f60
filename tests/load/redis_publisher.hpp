#pragma once

#include "publish_connection.hpp"
#include "publisher.hpp"

#include <deque>

namespace herald::load {

/// PUBLISH, pipelined on one connection: as a service publishes that knows nothing of herald.
class redis_publisher : public publisher {
public:
  redis_publisher(const options& given, const population& people, const message_codec& codec, ledger& book)
    : given_(given), people_(people), codec_(codec), book_(book) {}

  std::string open(poller& events) override;
  void submit(const stamp& what) override;
  void flush() override;
  void on_event(std::uint64_t token, std::uint32_t events) override;
  std::size_t queued_bytes() const override { return connection_.queued_bytes(); }
  std::uint64_t unanswered() const override { return waiting_.size(); }

private:
  std::string authenticate();
  void take_answer(std::string_view line);
  void lose(const std::string& why);

  const options& given_;
  const population& people_;
  const message_codec& codec_;
  ledger& book_;
  poller* events_ = nullptr;
  publish_connection connection_;
  std::deque<stamp> waiting_;
  std::string payload_;
  bool wants_writable_ = false;
};

} // namespace herald::load
