#pragma once

#include "backplane/redis/wire.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace herald::backplane {

/// Something to be asked of one server, over a connection that is there for nothing else and ends with this object.
/// Thread: its home's.   Bound: `connect_timeout` to get there, `command_timeout` for each answer.
class inquiry final : private wire::owner {
public:
  /// Sends what is to be asked; its handlers may end the inquiry in a later turn, not at once.
  using asking = std::function<void(wire&)>;
  /// Told at most once why no (more) answers come.
  using failing = std::function<void(const std::string& why)>;

  inquiry(boost::asio::io_context& context, const redis_options& options, const redis_options::address& whom, asking ask,
          failing fail)
    : ask_(std::move(ask)),
      fail_(std::move(fail)),
      wire_(std::make_shared<wire>(context, make_stream(context, options), options, wire::role::inquiry,
                                   static_cast<wire::owner&>(*this))) {
    wire_->open(whom);
  }
  ~inquiry() { wire_->close(); }
  inquiry(const inquiry&) = delete;
  inquiry& operator=(const inquiry&) = delete;

private:
  void on_open() override { ask_(*wire_); }
  void on_push(const redisReply&) override {}
  void on_read() override {}
  void on_closed(const std::string& why) override { fail_(why); }

  asking ask_;
  failing fail_;
  std::shared_ptr<wire> wire_;
};

}  // namespace herald::backplane
