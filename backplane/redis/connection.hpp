#pragma once

#include "actors/descriptions.hpp"
#include "backplane/redis/address_source.hpp"
#include "backplane/redis/backoff.hpp"
#include "backplane/redis/wire.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace herald::backplane {

/// Keeps one connection to Redis: when it ends, another is tried after a back-off with full jitter, for ever.
///
///     start ──▶ address ──▶ wire ──▶ on_up … on_down ──▶ back-off ──▶ address …
///
/// When its source says that another server is the right one (a failover), it goes there at once, whether the old one still
/// answers or not.
/// Thread: its home's; whoever owns it may end it at any time, in a handler of it too.   Bound: one wire.
class connection final : private wire::owner {
public:
  /// Whoever it works for.
  class user {
  public:
    virtual void on_up() = 0;
    virtual void on_push(const redisReply& what) = 0;
    /// Everything that one read brought was handed over.
    virtual void on_read() = 0;
    /// It was up, and is so no more. Commands without an answer have been told before.
    virtual void on_down() = 0;

  protected:
    ~user() = default;
  };

  /// To the server that the options name.
  connection(boost::asio::io_context& context, const redis_options& options, wire::role as, user& told);
  connection(boost::asio::io_context& context, const redis_options& options, wire::role as, user& told,
             std::unique_ptr<address_source> from);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void start();

  /// The wire while the connection is up, else null.
  wire* up() const noexcept { return up_since_ ? wire_.get() : nullptr; }

  /// For operators: this one, and those of where its address comes from.
  void describe(std::vector<backplane_connection>& to) const;

  /// The server that it is connected to, or tried last.
  const redis_options::address& address() const noexcept { return address_; }

private:
  using clock = std::chrono::steady_clock;

  void attempt();
  void open(const redis_options::address& to);
  void follow(const redis_options::address& to);
  void retry(const std::string& why);
  std::string where() const { return address_.host + ':' + address_.port; }

  void on_open() override;
  void on_push(const redisReply& what) override { user_.on_push(what); }
  void on_read() override { user_.on_read(); }
  void on_closed(const std::string& why) override;

  boost::asio::io_context& context_;
  const redis_options& options_;
  wire::role role_;
  user& user_;
  std::unique_ptr<address_source> addresses_;
  backoff backoff_;
  boost::asio::steady_timer timer_;
  redis_options::address address_;
  std::shared_ptr<wire> wire_;
  std::uint64_t times_lost_ = 0;
  bool waiting_ = false;  ///< For the next attempt.
  std::optional<clock::time_point> up_since_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< Handlers that come late find it gone.
};

}  // namespace herald::backplane
