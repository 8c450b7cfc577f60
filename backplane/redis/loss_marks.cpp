#include "backplane/redis/loss_marks.hpp"

#include "actors/log.hpp"
#include "actors/random.hpp"
#include "backplane/redis/keys.hpp"
#include "backplane/redis/log_reply.hpp"
#include "backplane/redis/replies.hpp"

#include <array>
#include <charconv>

namespace herald::backplane {
namespace {

constexpr std::size_t max_under_way = 64;
constexpr std::string_view mark = "herald1-lost ";

/// Takes a number and what ends it off the text.
std::optional<std::uint64_t> number_up_to(std::string_view& text, char stop, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end == text.data() + text.size() || *end != stop) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

}  // namespace

loss_marks::loss_marks(const redis_options& options, const bridge_limits& limits, commands& with)
  : options_(options), with_(with), age_s_(std::to_string(limits.log_max_age.count() * 2)) {}

void loss_marks::accepted(const channel& to, const cursor& at) {
  const auto now = clock::now();
  auto known = receipts_.find(to.name());
  if (known == receipts_.end()) known = receipts_.try_emplace(to.name(), at, now).first;
  // An entry of `by_age_` a second and channel is enough.
  const bool is_listed = known->second.second != now && now - known->second.second < std::chrono::seconds{1};
  if (!is_listed) {
    known->second.second = now;
    by_age_.emplace_back(to.name(), now);
  }
  auto& latest = known->second.first;  // the first receipt again, for a repeated id, may be an older one
  if (!is_same_log(at, latest) || is_after(at, latest)) latest = at;
  forget_old(now);
}

void loss_marks::forget_old(clock::time_point now) {
  while (!by_age_.empty() && (now - by_age_.front().second > memory || receipts_.size() > max_receipts)) {
    const auto& [name, since] = by_age_.front();
    if (auto known = receipts_.find(name); known != receipts_.end() && known->second.second == since) receipts_.erase(known);
    by_age_.pop_front();
  }
}

void loss_marks::check_all() {
  forget_old(clock::now());
  for (auto& one : std::exchange(not_answered_, {})) to_check_.push_back(std::move(one));
  for (const auto& [name, receipt] : receipts_) to_check_.emplace_back(name, receipt.first);
  send_next();
}

void loss_marks::check(const std::string& name, const cursor& at) {
  to_check_.emplace_back(name, at);
  send_next();
}

/// When its server, or the one that takes over, is there. By then there may be later receipts of the channel, of a later epoch.
void loss_marks::check_again(const std::pair<std::string, cursor>& what) {
  const auto latest = receipts_.find(what.first);
  if (latest != receipts_.end() && latest->second.first == what.second) return;  // is looked for anew in any case
  if (not_answered_.size() < max_receipts) not_answered_.push_back(what);
}

void loss_marks::send_next() {
  while (under_way_ < max_under_way && !to_check_.empty()) {
    const auto next = std::move(to_check_.front());
    const auto& name = next.first;
    const auto& at = next.second;
    to_check_.pop_front();
    const auto in_redis = redis_channel(options_, name);
    const auto meta = meta_key(in_redis), epoch = epoch_to_hex(at.epoch), offset = std::to_string(at.offset);
    if (!with_.is_ready(meta)) {
      check_again(next);
      continue;
    }
    const auto fresh = epoch_to_hex(new_epoch(random_bits()));
    const std::array<std::string_view, 8> words{"1",   meta,   epoch,    offset,
                                                fresh, age_s_, in_redis, publish_command(options_)};
    ++under_way_;
    with_.run(script::mark_lost, meta, words, [this, next](wire::outcome outcome, const redisReply* reply) {
      --under_way_;
      if (outcome != wire::outcome::replied || is_error(*reply))
        check_again(next);
      else if (integer_of(*reply) == 1)
        log::limited(log::level::warn, "redis_lost_messages", {{"channel", next.first}});
      send_next();
    });
  }
}

std::optional<said_loss> read_loss(std::string_view payload) noexcept {
  if (!payload.starts_with(mark)) return std::nullopt;
  payload.remove_prefix(mark.size());
  const auto lost = number_up_to(payload, ' ', 16), ended = number_up_to(payload, ':', 16), at = number_up_to(payload, ' ', 10),
             begun = number_up_to(payload, ' ', 16);
  if (!lost || !ended || !at || !begun) return std::nullopt;
  return said_loss{*lost, {*ended, *at, unknown_tag}, *begun, losses_in(payload)};
}

}  // namespace herald::backplane
