#pragma once

#include "backplane/redis/commands.hpp"
#include "backplane/redis/connection.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace herald::backplane {

/// Scripts and commands for one server, over one connection.
/// Thread: its home's.
class server_commands final : public commands, private connection::user {
public:
  server_commands(boost::asio::io_context& context, const redis_options& options, ready_handler on_ready);
  ~server_commands() override;

  void start() override { connection_.start(); }
  bool is_ready(std::string_view slot_key) const override;
  void run(script which, std::string_view slot_key, std::span<const std::string_view> arguments,
           wire::reply_handler done) override;
  void command(std::string_view slot_key, std::span<const std::string_view> words, wire::reply_handler done) override;
  void replace(std::string_view slot_key, std::string_view why) override;
  void describe(std::vector<backplane_connection>& to) const override { connection_.describe(to); }

private:
  struct job;
  using job_ptr = std::shared_ptr<job>;

  void send(const job_ptr& what);
  void on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply);
  void load_scripts();
  void on_loaded(std::size_t which, wire::outcome outcome, const redisReply* reply);
  void send_waiting();
  void give_up_waiting();

  void on_up() override { load_scripts(); }
  void on_push(const redisReply&) override {}
  void on_read() override {}
  void on_down() override;

  ready_handler on_ready_;
  std::array<std::string, script_count> shas_;  ///< As this connection's server calls the scripts.
  std::size_t loading_ = 0;  ///< Scripts that the server was given and has not confirmed.
  bool is_loaded_ = false;
  std::vector<job_ptr> rejected_;  ///< The server had lost the script: to be sent again once it is loaded …
  std::vector<job_ptr> held_;      ///< … and before these, which came meanwhile. Both empty unless loading.
  connection connection_;  ///< Last: when it ends, it tells those whose commands were under way.
};

}  // namespace herald::backplane
