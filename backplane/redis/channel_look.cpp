#include "backplane/redis/channel_look.hpp"

#include "backplane/redis/keys.hpp"
#include "backplane/redis/log_reply.hpp"
#include "backplane/redis/replies.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace herald::backplane {
namespace {

using handler = std::function<void(channel_facts)>;

channel_facts failed(std::string why) {
  channel_facts result;
  result.why_not = failure{errc::unavailable, std::move(why), {}};
  return result;
}

/// Why there is nothing to be read from a reply; empty if there is.
std::string what_is_wrong(wire::outcome outcome, const redisReply* reply) {
  if (outcome != wire::outcome::replied) return "Redis did not answer";
  return is_error(*reply) ? std::string{text_of(*reply)} : std::string{};
}

/// The offset in `XRANGE`'s first entry; 0 where there is none.
std::uint64_t first_offset(const redisReply& reply) {
  const auto entries = elements_of(reply);
  if (entries.empty()) return 0;
  const auto parts = elements_of(*entries[0]);
  if (parts.empty()) return 0;
  const auto id = text_of(*parts[0]);
  std::uint64_t result = 0;
  std::from_chars(id.data(), id.data() + id.size(), result);
  return result;
}

void look_at_first(commands& with, const std::string& key, channel_facts so_far, handler done) {
  if (!with.is_ready(key)) return done(failed("Redis is away"));
  const std::array<std::string_view, 6> words{"XRANGE", key, "-", "+", "COUNT", "1"};
  with.command(key, words, [so_far, done = std::move(done)](wire::outcome outcome, const redisReply* reply) {
    if (auto why = what_is_wrong(outcome, reply); !why.empty()) return done(failed(std::move(why)));
    auto result = so_far;
    result.first = first_offset(*reply);
    if (result.first != 0 && result.first <= result.end->offset) result.entries = result.end->offset - result.first + 1;
    done(std::move(result));
  });
}

}  // namespace

void look_at(const redis_options& options, commands& with, const channel& what, handler done) {
  const auto name = redis_channel(options, what.name());
  const auto meta = meta_key(name);
  if (!with.is_ready(meta)) return done(failed("Redis is away"));
  const std::array<std::string_view, 6> words{"HMGET", meta, "epoch", "offset", "id", "lost"};
  with.command(meta, words, [&with, log = log_key(name), done = std::move(done)](wire::outcome outcome, const redisReply* reply) {
    if (auto why = what_is_wrong(outcome, reply); !why.empty()) return done(failed(std::move(why)));
    channel_facts result;
    if (const auto head = read_head(*reply)) result.end = head->position;
    if (!result.end) return done(std::move(result));
    look_at_first(with, log, std::move(result), done);
  });
}

}  // namespace herald::backplane
