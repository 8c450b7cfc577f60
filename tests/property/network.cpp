#include "tests/property/network.hpp"

#include "backplane/redis/replies.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace herald::property {
namespace {

using outcome = backplane::wire::outcome;

std::uint64_t number_in(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

void network::disconnect() {
  ears_ = nullptr;
  on_ready_ = nullptr;
  to_redis_.clear();
  replies_.clear();
}

// -- commands -----------------------------------------------------------------

/// `herald:meta:{notification:42}`
std::string network::name_in(std::string_view meta_key) const {
  const auto from = meta_key.find("notification:") + 13;
  return std::string{meta_key.substr(from, meta_key.rfind('}') - from)};
}

void network::run(backplane::script, std::string_view slot_key, std::span<const std::string_view> arguments,
                  backplane::wire::reply_handler done) {
  const auto name = name_in(slot_key);
  const auto after = number_in(arguments[3]);
  const auto words = name + " after " + std::to_string(after);
  to_redis_.push_back({[this, name, after] { return redis_.read(name, after, page_entries); }, std::move(done), words});
}

void network::command(std::string_view slot_key, std::span<const std::string_view>, backplane::wire::reply_handler done) {
  const auto name = name_in(slot_key);
  const auto words = name + " head";
  to_redis_.push_back({[this, name] { return redis_.head(name); }, std::move(done), words});
}

bool network::serve_command() {
  if (to_redis_.empty()) return false;
  auto what = std::move(to_redis_.front());
  to_redis_.pop_front();
  redis_.trace("a command is served: " + what.words);
  replies_.push_back({what.execute(), std::move(what.done), what.words});
  return true;
}

bool network::bring_reply() {
  if (replies_.empty()) return false;
  auto what = std::move(replies_.front());
  replies_.pop_front();
  redis_.trace("a reply comes: " + what.words);
  backplane::replies reader{1 << 20};
  reader.feed(what.bytes, [&](const redisReply& reply) {
    what.done(outcome::replied, &reply);
    return true;
  });
  return true;
}

void network::commands_down() {
  if (!std::exchange(commands_up_, false)) return;
  for (auto& what : std::exchange(replies_, {})) what.done(outcome::lost, nullptr);
  for (auto& what : std::exchange(to_redis_, {})) what.done(outcome::lost, nullptr);
  redis_.trace("commands down");
  on_ready_(false);
}

void network::commands_up() {
  if (std::exchange(commands_up_, true)) return;
  redis_.trace("commands up");
  on_ready_(true);
}

// -- listening ----------------------------------------------------------------

void network::want(const std::string& name) {
  if (wanted_.insert(name).second && listening_up_) asked_.push_back(name);
}

void network::drop(const std::string& name) {
  wanted_.erase(name);
  subscribed_.erase(name);
  confirmed_.erase(name);
  std::erase(asked_, name);
  std::erase_if(heard_, [&](const sound& x) { return x.name == name; });
}

bool network::serve_subscription() {
  if (asked_.empty()) return false;
  const auto name = asked_.front();
  asked_.pop_front();
  if (!deaf_) subscribed_.insert(name);
  heard_.push_back({name, ""});
  return true;
}

bool network::bring_message() {
  if (heard_.empty()) return false;
  const auto what = std::move(heard_.front());
  heard_.pop_front();
  redis_.trace(what.name + (what.payload.empty() ? ": confirmed" : ": live " + what.payload.substr(25, 3)+ what.payload.substr(what.payload.find('\n') + 1)));
  if (!what.payload.empty()) return ears_->on_message(what.name, what.payload), true;
  confirmed_.insert(what.name);
  ears_->on_subscribed(what.name);
  return true;
}

void network::published(const std::string& name, const std::string& payload) {
  if (listening_up_ && subscribed_.contains(name)) heard_.push_back({name, payload});
}

void network::listening_down() {
  if (!std::exchange(listening_up_, false)) return;
  redis_.trace("listening down");
  asked_.clear();
  heard_.clear();
  subscribed_.clear();
  confirmed_.clear();
  deaf_ = false;
  ears_->on_down();
}

void network::listening_up() {
  if (std::exchange(listening_up_, true)) return;
  redis_.trace("listening up");
  deaf_ = false;
  asked_.assign(wanted_.begin(), wanted_.end());
  ears_->on_up();
}

void network::lose_one() {
  if (!heard_.empty() && !heard_.back().payload.empty()) heard_.pop_back();
}

void network::repeat_one(std::size_t which) {
  if (which >= heard_.size() || heard_[which].payload.empty()) return;
  heard_.push_back(heard_[which]);
}

}  // namespace herald::property
