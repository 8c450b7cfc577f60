#include "backplane/redis/sayings.hpp"

#include "actors/log.hpp"
#include "actors/random.hpp"
#include "backplane/redis/canary.hpp"
#include "backplane/redis/keys.hpp"
#include "backplane/redis/replies.hpp"

#include <array>
#include <utility>

namespace herald::backplane {
namespace {

constexpr std::string_view mark = "herald1-say ";

}  // namespace

sayings::sayings(const redis_options& options, commands& with, std::string to_all)
  : options_(options), with_(with), to_all_(std::move(to_all)), own_(std::to_string(random_bits())) {}

void sayings::say(const herald::say& what, told done) {
  const auto channel = what.to.empty() ? to_all_ : canary_channel(what.to);
  if (!with_.is_ready(channel)) return done({false});
  const auto text = std::string{mark} + own_ + ' ' + what.text;
  const std::array<std::string_view, 3> words{publish_command(options_), channel, text};
  with_.command(channel, words, [done = std::move(done), channel](wire::outcome outcome, const redisReply* reply) {
    const bool is_done = outcome == wire::outcome::replied && !is_error(*reply);
    if (outcome == wire::outcome::replied && !is_done)
      log::limited(log::level::warn, "control_refused", {{"channel", channel}, {"why", text_of(*reply)}});
    done({is_done});
  });
}

std::optional<std::string_view> sayings::heard(std::string_view payload) const {
  if (!payload.starts_with(mark)) return std::nullopt;
  payload.remove_prefix(mark.size());
  const auto end = payload.find(' ');
  if (end == std::string_view::npos || payload.substr(0, end) == own_) return std::string_view{};
  return payload.substr(end + 1);
}

}  // namespace herald::backplane
