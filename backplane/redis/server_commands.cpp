#include "backplane/redis/server_commands.hpp"

#include <utility>

namespace herald::backplane {

/// A script on its way, as it is sent: should the server have lost the script, a second time.
struct server_commands::job {
  std::string bytes;
  wire::reply_handler done;
  bool sent_again = false;
};

server_commands::server_commands(boost::asio::io_context& context, const redis_options& options, ready_handler on_ready)
  : on_ready_(std::move(on_ready)), connection_(context, options, wire::role::commands, *this) {}

server_commands::~server_commands() = default;

bool server_commands::is_ready(std::string_view) const {
  const auto* wire = connection_.up();
  return is_loaded_ && wire != nullptr && !wire->is_stalled();
}

// -- out ----------------------------------------------------------------------

void server_commands::run(script which, std::string_view, std::span<const std::string_view> arguments,
                          wire::reply_handler done) {
  std::vector<std::string_view> words{"EVALSHA", shas_[static_cast<std::size_t>(which)]};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.push_back(connection_.up()->run_id());
  auto what = std::make_shared<job>();
  append_command(what->bytes, words);
  what->done = std::move(done);
  if (loading_ > 0) return held_.push_back(std::move(what));
  send(what);
}

void server_commands::command(std::string_view, std::span<const std::string_view> words, wire::reply_handler done) {
  connection_.up()->command(words, std::move(done));
}

void server_commands::replace(std::string_view, std::string_view why) {
  if (auto* wire = connection_.up()) wire->fail(std::string{why});
}

void server_commands::send(const job_ptr& what) {
  connection_.up()->command_encoded(what->bytes, [this, what](wire::outcome outcome, const redisReply* reply) {
    on_reply(what, outcome, reply);
  });
}

// -- in -----------------------------------------------------------------------

void server_commands::on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply) {
  const bool lost_script = reply != nullptr && is_error(*reply) && text_of(*reply).starts_with("NOSCRIPT");
  if (lost_script && !std::exchange(what->sent_again, true)) {
    // What was sent before the script meets the same fate, and the server says so before it says that it is loaded.
    if (loading_ == 0) load_scripts();
    return rejected_.push_back(what);
  }
  what->done(outcome, reply);
}

// -- the scripts --------------------------------------------------------------

void server_commands::load_scripts() {
  loading_ = script_count;
  for (std::size_t i = 0; i < script_count; ++i)
    connection_.up()->command({"SCRIPT", "LOAD", text_of(static_cast<script>(i))},
                              [this, i](wire::outcome outcome, const redisReply* reply) { on_loaded(i, outcome, reply); });
}

void server_commands::on_loaded(std::size_t which, wire::outcome outcome, const redisReply* reply) {
  if (loading_ == 0) return;  // one before it failed
  auto* wire = connection_.up();
  if (outcome == wire::outcome::replied && wire != nullptr && !is_error(*reply)) {
    shas_[which] = text_of(*reply);
    if (--loading_ > 0) return;
    send_waiting();
    if (!std::exchange(is_loaded_, true)) on_ready_(true);
    return;
  }
  loading_ = 0;
  give_up_waiting();
  if (outcome != wire::outcome::lost && wire != nullptr)
    wire->fail(reply != nullptr ? std::string{text_of(*reply)} : "the scripts were not loaded in time");
}

/// In the order in which they were asked for.
void server_commands::send_waiting() {
  for (const auto& what : std::exchange(rejected_, {})) send(what);
  for (const auto& what : std::exchange(held_, {})) send(what);
}

void server_commands::give_up_waiting() {
  for (const auto& what : std::exchange(rejected_, {})) what->done(wire::outcome::lost, nullptr);
  for (const auto& what : std::exchange(held_, {})) what->done(wire::outcome::lost, nullptr);
}

void server_commands::on_down() {
  if (std::exchange(is_loaded_, false)) on_ready_(false);
}

}  // namespace herald::backplane
