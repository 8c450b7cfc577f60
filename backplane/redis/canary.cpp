#include "backplane/redis/canary.hpp"

#include "actors/log.hpp"
#include "backplane/redis/keys.hpp"
#include "backplane/redis/replies.hpp"

#include <array>
#include <utility>

namespace herald::backplane {

canary::canary(boost::asio::io_context& context, const redis_options& options, commands& with,
               std::function<void(std::chrono::microseconds)> on_heard, std::function<void()> on_silent)
  : options_(options),
    with_(with),
    channel_(canary_channel(options.client_name)),
    on_heard_(std::move(on_heard)),
    on_silent_(std::move(on_silent)),
    timer_(context) {}

void canary::listening(bool now) {
  listening_ = now;
  heard_ = clock::now();
}

void canary::wait() {
  timer_.expires_after(options_.canary_every);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    if (error || alive.expired()) return;
    sing();
    wait();
  });
}

void canary::sing() {
  const auto now = clock::now();
  const bool was_late = now - std::exchange(sung_, now) > options_.canary_every * 2;
  if (was_late || !listening_ || !with_.is_ready(channel_)) {
    // This process slept, or what it sang on was not there: silence proves nothing.
    heard_ = now;
    if (!listening_ || !with_.is_ready(channel_)) return;
  }
  if (now - heard_ > options_.silence_max) {
    heard_ = now;
    return on_silent_();
  }
  const auto song = std::to_string(++songs_);
  const std::array<std::string_view, 3> words{publish_command(options_), channel_, song};
  with_.command(channel_, words, [this](wire::outcome outcome, const redisReply* reply) {
    if (outcome != wire::outcome::replied || !is_error(*reply)) return;
    heard_ = clock::now();  // that it may not sing says nothing about who listens
    log::limited(log::level::warn, "canary_refused", {{"channel", channel_}, {"why", text_of(*reply)}});
  });
}

void canary::heard(std::string_view payload) {
  const auto now = clock::now();
  heard_ = now;
  if (payload == std::to_string(songs_)) on_heard_(std::chrono::duration_cast<std::chrono::microseconds>(now - sung_));
}

}  // namespace herald::backplane
