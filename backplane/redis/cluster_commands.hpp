#pragma once

#include "backplane/redis/cluster_view.hpp"
#include "backplane/redis/server_commands.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald::backplane {

/// Scripts and commands for a Cluster: each goes to the master that owns its key's slot, over one connection a master.
///
///     run ──▶ lane of the slot ──▶ server_commands of its owner ──▶ reply
///                 ▲                                                  │ MOVED, ASK, TRYAGAIN
///                 └──── waits, in the order of the calls ◀───────────┘
///
/// A slot that is on the move has a blocked lane: what comes for it waits while the first one is sent alone, until it meets
/// nothing in its way. So the order within a slot is that of the calls, wherever the slot goes.
/// A master that is lost is asked for at the others until one of its replicas has taken over.
/// Thread: its home's.   Bound: each command waits `command_timeout` at most; how many, is for whoever sends them.
class cluster_commands final : public commands {
public:
  cluster_commands(boost::asio::io_context& context, const redis_options& options, ready_handler on_ready);
  ~cluster_commands() override;

  void start() override;
  bool is_ready(std::string_view slot_key) const override;
  void run(script which, std::string_view slot_key, std::span<const std::string_view> arguments,
           wire::reply_handler done) override;
  void command(std::string_view slot_key, std::span<const std::string_view> words, wire::reply_handler done) override;
  void replace(std::string_view slot_key, std::string_view why) override;
  void describe(std::vector<backplane_connection>& to) const override;

private:
  using clock = std::chrono::steady_clock;
  using address = redis_options::address;

  struct job;
  using job_ptr = std::shared_ptr<job>;
  struct server;
  struct slot_lane {
    std::size_t in_flight = 0;
    bool blocked = false;
    bool probing = false;  ///< The one in flight is the first of those that wait.
    clock::time_point next_try{};
    std::map<std::uint64_t, job_ptr> waiting;  ///< By the order of the calls. Empty unless blocked.
  };

  void submit(job_ptr what);
  void send(const job_ptr& what);
  void on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply);
  bool is_to_be_sent_again(const job_ptr& what, const redisReply& reply);
  void wait(const job_ptr& what, std::chrono::milliseconds pause);
  void advance(std::uint16_t slot);
  void release(slot_lane& of);

  server* owner_of(std::uint16_t slot) const;
  server* find(const address& where) const;
  server& at(const address& where);
  void on_map();
  void forget_unused();
  bool is_whole() const;
  void tell();
  void on_tick();
  void schedule_tick();

  boost::asio::io_context& context_;
  const redis_options& options_;
  ready_handler on_ready_;
  bool was_ready_ = false;
  std::uint64_t jobs_ = 0;
  std::unordered_map<std::uint16_t, slot_lane> lanes_;  ///< Of slots with something under way.
  std::size_t blocked_ = 0;
  cluster_view view_;
  boost::asio::steady_timer timer_;
  clock::time_point looked_{};
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  std::vector<std::unique_ptr<server>> servers_;  ///< Last: when they end, they tell those whose commands were under way.
};

}  // namespace herald::backplane
