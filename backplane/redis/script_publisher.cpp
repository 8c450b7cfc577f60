#include "backplane/redis/script_publisher.hpp"

#include "actors/log.hpp"
#include "actors/random.hpp"
#include "actors/unix_time.hpp"
#include "backplane/redis/envelope.hpp"
#include "backplane/redis/keys.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace herald::backplane {
namespace {

published unavailable(std::string why) { return {failure{errc::unavailable, std::move(why), {}}}; }

/// Redis adds where in the script it was; publishers have no use for that.
std::string_view without_place(std::string_view error) { return error.substr(0, error.find(" script: ")); }

/// Whether this server can't take a publish, but another one, or the same one later, may.
bool wants_another_server(std::string_view error) {
  for (std::string_view word : {"READONLY", "LOADING", "MASTERDOWN"})
    if (error.find(word) != std::string_view::npos) return true;  // Redis before 7 wraps a script's errors
  return false;
}

/// `{epoch, offset, repeated}`, as the script gives it; nothing if it is anything else.
std::optional<receipt> read_receipt(const redisReply& reply, const std::string& id) {
  auto parts = elements_of(reply);
  if (parts.size() != 3) return std::nullopt;
  receipt result{id, std::nullopt, integer_of(*parts[2]) == 1};
  auto epoch = text_of(*parts[0]);
  auto offset = text_of(*parts[1]);
  if (epoch == "-") return result;
  cursor position{0, 0, tag_of(id)};
  auto era = std::from_chars(epoch.data(), epoch.data() + epoch.size(), position.epoch, 16);
  auto place = std::from_chars(offset.data(), offset.data() + offset.size(), position.offset);
  if (era.ec != std::errc{} || place.ec != std::errc{}) return std::nullopt;
  result.position = position;
  return result;
}

}  // namespace

/// A publish on its way.
struct script_publisher::job {
  std::string id;
  std::size_t bytes;
  std::string slot_key;
  done told;
  std::string trace_id;
};

script_publisher::script_publisher(const redis_options& options, const bridge_limits& limits, commands& with)
  : options_(options),
    with_(with),
    max_entries_(std::to_string(limits.log_max_entries)),
    max_age_s_(std::to_string(limits.log_max_age.count())),
    window_s_(std::to_string(limits.idempotency_window.count())),
    wait_for_(std::to_string(options.wait_replicas)),
    wait_ms_(std::to_string(options.replica_timeout.count())) {}

// -- out ----------------------------------------------------------------------

void script_publisher::publish(publication what, done told) {
  const auto name = redis_channel(options_, what.to.name());
  const auto log = log_key(name), meta = meta_key(name), once = once_key(name, what.id);
  if (auto no = objection(what, meta)) return told({std::move(*no)});
  const auto now = unix_ms();
  const auto time = std::to_string(now), expires = std::to_string(what.ttl_s ? now + *what.ttl_s * 1000 : 0);
  const auto epoch = epoch_to_hex(new_epoch(random_bits()));
  const auto marks = envelope_marks(what.trace, what.traceparent);
  const std::array<std::string_view, 16> words{"3", log, meta, once, name, what.id, what.data, what.durable ? "1" : "0",
                                               time, expires, epoch, max_entries_, max_age_s_, window_s_,
                                               publish_command(options_), marks};
  ++pending_;
  pending_bytes_ += what.data.size();
  auto made = std::make_shared<job>(job{what.id, what.data.size(), meta, std::move(told), std::string{trace_id_of(what.traceparent)}});
  with_.run(script::publish, meta, words, [this, made](wire::outcome outcome, const redisReply* reply) {
    on_reply(made, outcome, reply);
  });
}

std::optional<failure> script_publisher::objection(const publication& what, const std::string& slot_key) const {
  if (!is_valid_id(what.id)) return failure{errc::bad_field, "not an id: use 1-128 characters as in user ids", "id"};
  if (what.data.size() > options_.max_message_bytes)
    return failure{errc::too_large, "larger than " + std::to_string(options_.max_message_bytes) + " bytes", "data"};
  if (!with_.is_ready(slot_key)) return failure{errc::unavailable, "Redis is away: try again", {}};
  if (pending_ >= options_.max_pending || pending_bytes_ + what.data.size() > options_.max_pending_bytes)
    return failure{errc::unavailable, "too much waits for Redis: try again", {}};
  return std::nullopt;
}

// -- in -----------------------------------------------------------------------

void script_publisher::on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply) {
  if (outcome == wire::outcome::timed_out)
    return settle(*what, unavailable("Redis did not answer in time: try again with the same id"));
  if (outcome == wire::outcome::lost)
    return settle(*what, unavailable("the connection to Redis broke: try again with the same id"));
  if (is_error(*reply)) return on_error(what, text_of(*reply));
  auto accepted = read_receipt(*reply, what->id);
  if (!accepted) return settle(*what, unavailable("Redis gave an answer that makes no sense"));
  if (options_.wait_replicas > 0) return wait_for_replicas(what, *accepted);
  settle(*what, {std::move(*accepted)});
}

/// A repeated one, too: it may be in the master alone still.
void script_publisher::wait_for_replicas(const job_ptr& what, const receipt& accepted) {
  auto few = [this](const std::string& how_many) {
    return unavailable("only " + how_many + " of " + wait_for_ + " replicas have it (redis-wait-replicas): it may be lost in a "
                       "failover; try again with the same id");
  };
  if (!with_.is_ready(what->slot_key)) return settle(*what, few("0"));
  const std::array<std::string_view, 3> words{"WAIT", wait_for_, wait_ms_};
  with_.command(what->slot_key, words, [=, this](wire::outcome outcome, const redisReply* reply) {
    const auto count = outcome == wire::outcome::replied ? integer_of(*reply).value_or(0) : 0;
    if (count >= static_cast<long long>(options_.wait_replicas)) return settle(*what, {accepted});
    settle(*what, few(std::to_string(count)));
  });
}

void script_publisher::on_error(const job_ptr& what, std::string_view error) {
  const auto word = std::string{without_place(error)};
  if (what->trace_id.empty())
    log::limited(log::level::warn, "redis_refused_publish", {{"why", word}});
  else
    log::limited(log::level::warn, "redis_refused_publish", {{"why", word}, {"id", what->id}, {"trace_id", what->trace_id}});
  settle(*what, unavailable("Redis refused it: " + word));
  if (wants_another_server(error)) with_.replace(what->slot_key, word);
}

void script_publisher::settle(job& what, published result) {
  --pending_;
  pending_bytes_ -= what.bytes;
  what.told(std::move(result));
}

}  // namespace herald::backplane
