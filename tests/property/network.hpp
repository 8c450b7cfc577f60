#pragma once

#include "backplane/redis/commands.hpp"
#include "tests/property/redis_model.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace herald::property {

/// What lies between a node and its Redis: one connection for commands and one that listens. Everything on the way moves only
/// when it is told to, one piece at a time, so that any order that a network allows can come about.
class network final : public backplane::commands {
public:
  /// The node's side of the connection that listens.
  class ears {
  public:
    virtual void on_up() = 0;
    virtual void on_down() = 0;
    virtual void on_subscribed(const std::string& name) = 0;
    virtual void on_message(const std::string& name, std::string_view payload) = 0;

  protected:
    ~ears() = default;
  };

  explicit network(redis_model& redis) : redis_(redis) {}

  void connect(ears* node, ready_handler on_ready) {
    ears_ = node;
    on_ready_ = std::move(on_ready);
  }
  void disconnect();

  // -- the connection for commands ---
  void start() override {}
  bool is_ready(std::string_view) const override { return commands_up_; }
  void run(backplane::script which, std::string_view slot_key, std::span<const std::string_view> arguments,
           backplane::wire::reply_handler done) override;
  void command(std::string_view slot_key, std::span<const std::string_view> words, backplane::wire::reply_handler done) override;
  void describe(std::vector<backplane_connection>&) const override {}
  void replace(std::string_view, std::string_view) override {}

  // -- the connection that listens ---
  void want(const std::string& name);
  void drop(const std::string& name);
  bool is_listening_up() const noexcept { return listening_up_; }
  bool is_confirmed(const std::string& name) const { return confirmed_.contains(name); }

  // -- what the test makes happen; each gives whether there was anything to do ---
  bool serve_command();
  bool bring_reply();
  bool serve_subscription();
  bool bring_message();
  void published(const std::string& name, const std::string& payload);
  void commands_down();
  void commands_up();
  void listening_down();
  void listening_up();
  /// The server that it is connected to hears of no message any more.
  void deafen() { subscribed_.clear(), deaf_ = true; }

  /// The last message on the way is lost, so that only the next one shows it.
  void lose_one();
  /// A message on the way comes again, later.
  void repeat_one(std::size_t which);
  bool is_quiet() const { return to_redis_.empty() && replies_.empty() && asked_.empty() && heard_.empty(); }
  std::size_t on_the_way() const noexcept { return heard_.size(); }

  std::size_t page_entries = 3;  ///< So many a page at most.

private:
  struct request {
    std::function<std::string()> execute;
    backplane::wire::reply_handler done;
    std::string words;
  };
  struct answer {
    std::string bytes;
    backplane::wire::reply_handler done;
    std::string words;
  };
  struct sound {
    std::string name;
    std::string payload;  ///< Empty: the subscription is confirmed.
  };

  std::string name_in(std::string_view meta_key) const;

  redis_model& redis_;
  ears* ears_ = nullptr;
  ready_handler on_ready_;
  std::deque<request> to_redis_;
  std::deque<answer> replies_;
  bool commands_up_ = true;
  std::set<std::string> wanted_, subscribed_, confirmed_;
  std::deque<std::string> asked_;
  std::deque<sound> heard_;
  bool listening_up_ = true;
  bool deaf_ = false;
};

}  // namespace herald::property
