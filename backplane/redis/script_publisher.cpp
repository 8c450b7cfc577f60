#include "backplane/redis/script_publisher.hpp"

#include "actors/log.hpp"
#include "actors/random.hpp"
#include "actors/unix_time.hpp"
#include "backplane/redis/publish_script.hpp"

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

/// A publish on its way: what is needed to send it a second time, should Redis have lost the script.
struct script_publisher::job {
  publication what;
  done told;
  std::string time_ms;
  std::string expires_ms;
  bool sent_again = false;
};

script_publisher::script_publisher(boost::asio::io_context& context, const redis_options& options,
                                   const bridge_limits& limits, std::function<void(bool)> on_ready)
  : options_(options),
    max_entries_(std::to_string(limits.log_max_entries)),
    max_age_s_(std::to_string(limits.log_max_age.count())),
    window_s_(std::to_string(limits.idempotency_window.count())),
    on_ready_(std::move(on_ready)),
    connection_(context, options, wire::role::commands, *this) {}

script_publisher::~script_publisher() = default;

// -- out ----------------------------------------------------------------------

void script_publisher::publish(publication what, done told) {
  if (auto no = objection(what)) return told({std::move(*no)});
  auto now = unix_ms();
  auto expires = what.ttl_s ? now + *what.ttl_s * 1000 : 0;
  ++pending_;
  pending_bytes_ += what.data.size();
  auto made = std::make_shared<job>(job{std::move(what), std::move(told), std::to_string(now), std::to_string(expires)});
  if (loading_) return held_.push_back(std::move(made));
  send(made);
}

std::optional<failure> script_publisher::objection(const publication& what) const {
  if (!is_valid_id(what.id)) return failure{errc::bad_field, "not an id: use 1-128 characters as in user ids", "id"};
  if (what.data.size() > options_.max_message_bytes)
    return failure{errc::too_large, "larger than " + std::to_string(options_.max_message_bytes) + " bytes", "data"};
  auto* wire = connection_.up();
  if (wire == nullptr || sha_.empty() || wire->is_stalled())
    return failure{errc::unavailable, "Redis is away: try again", {}};
  if (pending_ >= options_.max_pending || pending_bytes_ + what.data.size() > options_.max_pending_bytes)
    return failure{errc::unavailable, "too much waits for Redis: try again", {}};
  return std::nullopt;
}

void script_publisher::send(const job_ptr& what) {
  const auto& it = what->what;
  auto name = options_.prefix + it.to.name();
  auto log = "herald:log:{" + name + '}';
  auto meta = "herald:meta:{" + name + '}';
  auto once = "herald:once:{" + name + "}:" + it.id;
  auto epoch = epoch_to_hex(random_bits());
  std::array<std::string_view, 16> words{"EVALSHA", sha_, "3", log, meta, once, name, it.id, it.data,
                                         it.durable ? "1" : "0", what->time_ms, what->expires_ms, epoch,
                                         max_entries_, max_age_s_, window_s_};
  connection_.up()->command(words, [this, what](wire::outcome outcome, const redisReply* reply) {
    on_reply(what, outcome, reply);
  });
}

// -- in -----------------------------------------------------------------------

void script_publisher::on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply) {
  if (outcome == wire::outcome::timed_out)
    return settle(*what, unavailable("Redis did not answer in time: try again with the same id"));
  if (outcome == wire::outcome::lost)
    return settle(*what, unavailable("the connection to Redis broke: try again with the same id"));
  if (is_error(*reply)) return on_error(what, text_of(*reply));
  if (auto accepted = read_receipt(*reply, what->what.id)) return settle(*what, {std::move(*accepted)});
  settle(*what, unavailable("Redis gave an answer that makes no sense"));
}

void script_publisher::on_error(const job_ptr& what, std::string_view error) {
  if (error.starts_with("NOSCRIPT") && !std::exchange(what->sent_again, true)) {
    // What was sent before the script meets the same fate, and Redis says so before it says that the script is loaded.
    load_script();
    return rejected_.push_back(what);
  }
  auto word = std::string{without_place(error)};
  log::limited(log::level::warn, "redis_refused_publish", {{"why", word}});
  settle(*what, unavailable("Redis refused it: " + word));
  auto* wire = connection_.up();
  if (wire != nullptr && wants_another_server(error)) wire->fail(word);
}

void script_publisher::settle(job& what, published result) {
  --pending_;
  pending_bytes_ -= what.what.data.size();
  what.told(std::move(result));
}

// -- the script ---------------------------------------------------------------

void script_publisher::load_script() {
  if (std::exchange(loading_, true)) return;
  connection_.up()->command({"SCRIPT", "LOAD", publish_script}, [this](wire::outcome outcome, const redisReply* reply) {
    on_loaded(outcome, reply);
  });
}

void script_publisher::on_loaded(wire::outcome outcome, const redisReply* reply) {
  loading_ = false;
  auto* wire = connection_.up();
  if (outcome == wire::outcome::lost || wire == nullptr) return give_up_waiting();
  if (outcome == wire::outcome::replied && !is_error(*reply)) {
    sha_ = text_of(*reply);
    send_waiting();
    return become_ready(true);
  }
  give_up_waiting();
  wire->fail(reply != nullptr ? std::string{text_of(*reply)} : "the script was not loaded in time");
}

/// In the order in which they were asked for.
void script_publisher::send_waiting() {
  for (const auto& what : std::exchange(rejected_, {})) send(what);
  for (const auto& what : std::exchange(held_, {})) send(what);
}

void script_publisher::give_up_waiting() {
  auto why = unavailable("Redis has lost the script, and then the connection: try again with the same id");
  for (const auto& what : std::exchange(rejected_, {})) settle(*what, why);
  for (const auto& what : std::exchange(held_, {})) settle(*what, why);
}

void script_publisher::become_ready(bool ready) {
  if (!ready) sha_.clear();
  on_ready_(ready);
}

}  // namespace herald::backplane
