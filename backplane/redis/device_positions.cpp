#include "backplane/redis/device_positions.hpp"

#include "actors/log.hpp"
#include "backplane/redis/keys.hpp"
#include "backplane/redis/replies.hpp"

#include <array>
#include <chrono>
#include <utility>

namespace herald::backplane {
namespace {

constexpr std::chrono::milliseconds moment{50};

/// After so many final refusals a device is as good as new.
constexpr unsigned max_refusals = 20;

positions positions_in(const redisReply& reply) {
  positions known;
  const auto parts = elements_of(reply);
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2)
    if (auto at = parse_cursor(text_of(*parts[i + 1]))) known.found.emplace_back(text_of(*parts[i]), *at);
  return known;
}

}  // namespace

device_positions::device_positions(boost::asio::io_context& context, const redis_options& options,
                                   const bridge_limits& limits, commands& with)
  : options_(options),
    with_(with),
    age_s_(std::to_string(limits.log_max_age.count() * 2)),  // as long as a log's position is known
    timer_(context) {}

void device_positions::find(const find_positions& what, found told) {
  const auto name = redis_channel(options_, channel::user(what.user).name());
  waiting_.push_back(std::make_shared<question>(question{positions_key(name, what.device), std::move(told)}));
  pump();
}

void device_positions::pump() {
  for (const auto& what : std::exchange(waiting_, {})) send(what);
}

void device_positions::send(const question_ptr& what) {
  if (!with_.is_ready(what->key)) return try_later(what);
  const std::array<std::string_view, 2> words{"HGETALL", what->key};
  with_.command(what->key, words,
                [this, what](wire::outcome outcome, const redisReply* reply) { on_found(what, outcome, reply); });
}

void device_positions::on_found(const question_ptr& what, wire::outcome outcome, const redisReply* reply) {
  if (outcome != wire::outcome::replied) return try_later(what);
  if (!is_error(*reply)) return what->told(positions_in(*reply));
  const auto why = text_of(*reply);
  log::limited(log::level::warn, "positions_not_read", {{"why", why}});
  const bool is_final = why.starts_with("NOPERM") || why.starts_with("WRONGTYPE");
  if (is_final && ++what->refusals >= max_refusals) return what->told({});
  try_later(what);
}

void device_positions::try_later(const question_ptr& what) {
  waiting_.push_back(what);
  if (std::exchange(timer_runs_, true)) return;
  timer_.expires_after(moment);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    if (error || alive.expired()) return;
    timer_runs_ = false;
    pump();
  });
}

void device_positions::keep(const keep_position& what, kept told) {
  const auto key = positions_key(redis_channel(options_, channel::user(what.user).name()), what.device);
  if (!with_.is_ready(key)) return told({failure{errc::unavailable, "Redis is away: try again", {}}});
  const auto at = to_string(what.at);
  const std::array<std::string_view, 5> words{"1", key, what.channel, at, age_s_};
  with_.run(script::acknowledge, key, words, [told = std::move(told)](wire::outcome outcome, const redisReply* reply) {
    if (outcome == wire::outcome::replied && !is_error(*reply)) return told({});
    const auto why = outcome == wire::outcome::replied ? std::string{text_of(*reply)} : std::string{"no answer"};
    told({failure{errc::unavailable, "Redis did not keep it (" + why + "): try again", {}}});
  });
}

}  // namespace herald::backplane
