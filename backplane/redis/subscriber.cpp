#include "backplane/redis/subscriber.hpp"

#include "actors/log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace herald::backplane {
namespace {

constexpr std::size_t names_a_command = 256;
constexpr std::size_t names_a_turn = 4096;

}  // namespace

subscriber::subscriber(boost::asio::io_context& context, const redis_options& options, listener& told)
  : listener_(told),
    by_pattern_(options.listen == redis_options::mode::pattern),
    connection_(context, options, wire::role::subscriber, *this) {}

// -- out ----------------------------------------------------------------------

bool subscriber::flush() {
  if (!is_up()) return false;
  auto due = wanted_.take(names_a_turn);
  tell_in_batches(by_pattern_ ? "PUNSUBSCRIBE" : "UNSUBSCRIBE", due.unsubscribe);
  tell_in_batches(by_pattern_ ? "PSUBSCRIBE" : "SUBSCRIBE", due.subscribe);
  return wanted_.has_commands();
}

void subscriber::tell_in_batches(std::string_view command, std::span<const std::string> names) {
  std::vector<std::string_view> words;
  while (!names.empty()) {
    auto some = names.first(std::min(names.size(), names_a_command));
    names = names.subspan(some.size());
    words.assign(1, command);
    words.insert(words.end(), some.begin(), some.end());
    connection_.up()->tell(words);
  }
}

void subscriber::pause() {
  paused_ = true;
  if (auto* wire = connection_.up()) wire->pause();
}

void subscriber::resume() {
  paused_ = false;
  if (auto* wire = connection_.up()) wire->resume();
}

void subscriber::replace(std::string_view why) {
  if (auto* wire = connection_.up()) wire->fail(std::string{why});
}

// -- in -----------------------------------------------------------------------

void subscriber::on_up() {
  settled_ = false;
  if (paused_) connection_.up()->pause();
  also_asked_.assign(also_.begin(), also_.end());
  for (const auto& one : also_) tell_in_batches("SUBSCRIBE", std::span{&one, 1});  // a refusal is for all of a command
  listener_.on_subscriber_up();
}

void subscriber::on_down() {
  wanted_.lose();
  listener_.on_subscriber_down();
}

void subscriber::on_push(const redisReply& what) {
  if (is_error(what)) return on_refused(text_of(what));
  auto parts = elements_of(what);
  if (parts.size() < 3) return;
  auto kind = text_of(*parts[0]);
  if (kind == "message")
    listener_.on_message(text_of(*parts[1]), text_of(*parts[2]));
  else if (kind == "pmessage" && parts.size() == 4)
    listener_.on_message(text_of(*parts[2]), text_of(*parts[3]));
  else if (kind == "subscribe" || kind == "psubscribe")
    on_confirmed(text_of(*parts[1]));
}

void subscriber::on_refused(std::string_view why) {
  // What can't be subscribed to would be silent for ever, so the connection is not good.
  if (also_asked_.empty()) return connection_.up()->fail(std::string{why});
  log_refused(also_asked_.front(), why);
  also_asked_.pop_front();
}

void subscriber::on_confirmed(std::string_view name) {
  if (!also_asked_.empty() && name == also_asked_.front()) {
    also_asked_.pop_front();
    return listener_.on_live(name);
  }
  if (wanted_.confirm(name)) listener_.on_live(name);
}

void subscriber::on_read() {
  if (!settled_ && is_up() && wanted_.is_settled()) {
    settled_ = true;
    listener_.on_settled();
  }
  listener_.on_read_over();
}

std::string pattern_for(std::string_view prefix) {
  std::string pattern;
  for (char c : prefix) {
    if (std::string_view{"*?[]\\"}.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + '*';
}

}  // namespace herald::backplane
