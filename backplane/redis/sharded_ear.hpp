#pragma once

#include "backplane/redis/cluster_server.hpp"
#include "backplane/redis/connection.hpp"
#include "backplane/redis/sharded_subscriber.hpp"

#include <array>
#include <deque>
#include <utility>

namespace herald::backplane {

/// The connection to one master.
class sharded_subscriber::ear final : private connection::user {
public:
  ear(boost::asio::io_context& context, const redis_options& all, const address& at, sharded_subscriber& whose)
    : where(at), options_(options_for(all, at)), whose_(whose), connection_(context, options_, wire::role::subscriber, *this) {
    connection_.start();
  }

  const address where;

  void describe(std::vector<backplane_connection>& to) const { connection_.describe(to); }

  bool is_up() const noexcept { return connection_.up() != nullptr; }

  /// A name a command: those of two slots can't share one. @pre it is up
  void tell(bool subscribe, const std::string& name, std::uint64_t generation) {
    sent_.push_back({subscribe, name, generation});
    connection_.up()->tell(std::array<std::string_view, 2>{subscribe ? "SSUBSCRIBE" : "SUNSUBSCRIBE", name});
  }

  void pause() {
    if (auto* wire = connection_.up()) wire->pause();
  }
  void resume() {
    if (auto* wire = connection_.up()) wire->resume();
  }
  void fail(std::string_view why) {
    if (auto* wire = connection_.up()) wire->fail(std::string{why});
  }

private:
  struct command {
    bool subscribe;
    std::string name;
    std::uint64_t generation;
  };

  void on_up() override { whose_.on_up(*this); }
  void on_down() override {
    sent_.clear();
    whose_.on_down(*this);
  }
  void on_read() override { whose_.on_read(); }

  void on_push(const redisReply& what) override {
    if (is_error(what)) return on_error(text_of(what));
    auto parts = elements_of(what);
    if (parts.size() < 3) return;
    const auto kind = text_of(*parts[0]), name = text_of(*parts[1]);
    if (kind == "smessage") return whose_.listener_.on_message(name, text_of(*parts[2]));
    const bool subscribed = kind == "ssubscribe";
    if (!subscribed && kind != "sunsubscribe") return;
    const bool was_asked = !sent_.empty() && sent_.front().subscribe == subscribed && sent_.front().name == name;
    if (!was_asked) return subscribed ? void() : whose_.on_dismissed(*this, name);
    const auto answered = std::move(sent_.front());
    sent_.pop_front();
    if (subscribed) whose_.on_confirmed(*this, answered.name, answered.generation);
  }

  /// Of the oldest command without an answer: answers come in order.
  void on_error(std::string_view error) {
    if (sent_.empty()) return fail(error);
    const auto answered = std::move(sent_.front());
    sent_.pop_front();
    // Where the slot has left, there is nothing to be left any more.
    if (answered.subscribe) whose_.on_refused(*this, answered.name, answered.generation, error);
  }

  const redis_options options_;
  sharded_subscriber& whose_;
  std::deque<command> sent_;  ///< Without an answer.
  connection connection_;
};

}  // namespace herald::backplane
