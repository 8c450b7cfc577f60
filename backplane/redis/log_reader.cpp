#include "backplane/redis/log_reader.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/keys.hpp"
#include "backplane/redis/log_reply.hpp"

#include <array>
#include <chrono>
#include <utility>

namespace herald::backplane {
namespace {

/// So often an answer that makes no sense, or a final refusal, is asked for again.
constexpr unsigned max_refusals = 20;

/// Whether it will not be better soon: no right to the log, or a foreign key in its place. All else may last as long as it likes.
bool is_final(std::string_view error) {
  return error.find("NOPERM") != std::string_view::npos || error.find("WRONGTYPE") != std::string_view::npos;
}

}  // namespace

/// A question about one channel's log.
struct log_reader::job {
  channel what;
  std::optional<cursor> after;
  page_limits most;
  bool look_first = false;        ///< Most that is asked after a reconnect is not behind at all.
  std::function<void()> begins;
  std::vector<done> told;
  std::string question;           ///< Its key in `by_question_`; empty for a feed's.
  std::uint64_t from = 0;         ///< The offset after which is read.
  unsigned refusals = 0;

  bool is_feed() const noexcept { return question.empty(); }
};

log_reader::log_reader(boost::asio::io_context& context, const redis_options& options, const bridge_limits& limits,
                       commands& with, shard_stats& counts)
  : options_(options), with_(with), counts_(counts), max_age_(limits.log_max_age), timer_(context) {
}

log_reader::~log_reader() = default;

// -- questions ----------------------------------------------------------------

void log_reader::read(const read_log& what, done told) {
  auto question = what.what.name() + ' ' + to_string(what.after) + ' ' + std::to_string(what.max_bytes);
  if (auto known = by_question_.find(question); known != by_question_.end()) {
    known->second->told.push_back(std::move(told));
    return;
  }
  auto asked = std::make_shared<job>(job{
    .what = what.what, .after = what.after, .most = {what.max_bytes, max_age_}, .question = question, .from = what.after.offset});
  asked->told.push_back(std::move(told));
  by_question_.emplace(std::move(question), asked);
  reading_.push_back(std::move(asked));
  pump();
}

void log_reader::heal(const channel& what, std::optional<cursor> after, std::function<void()> begins, done told,
                      bool later) {
  auto asked = std::make_shared<job>(job{.what = what, .after = after, .most = {max_page_bytes, max_age_}, .look_first = true,
                                         .begins = std::move(begins), .from = after ? after->offset : 0});
  asked->told.push_back(std::move(told));
  if (later) return try_later(asked);
  healing_.push_back(std::move(asked));
  pump();
}

void log_reader::pause_healing(bool now) {
  healing_is_paused_ = now;
  if (!now) pump();
}

// -- the queue ----------------------------------------------------------------

void log_reader::pump() {
  while (under_way_ < max_under_way)
    if ((healing_is_paused_ || !pump_one(healing_)) && !pump_one(reading_)) return;
}

/// Whether there was one.
bool log_reader::pump_one(std::deque<job_ptr>& queue) {
  if (queue.empty()) return false;
  auto next = std::move(queue.front());
  queue.pop_front();
  if (with_.is_ready(meta_key(redis_channel(options_, next->what.name()))))
    send(next);
  else
    try_later(next);
  return true;
}

void log_reader::send(const job_ptr& what) {
  ++under_way_;
  if (!what->is_feed()) by_question_.erase(what->question);
  if (what->begins) what->begins();
  if (what->look_first)
    look(what);
  else
    fetch(what);
}

void log_reader::try_later(const job_ptr& what) {
  later_.push_back(what);
  if (!what->is_feed()) by_question_.try_emplace(what->question, what);
  if (std::exchange(timer_runs_, true)) return;
  timer_.expires_after(options_.backoff_base);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    if (error || alive.expired()) return;
    timer_runs_ = false;
    for (auto& one : std::exchange(later_, {})) (one->is_feed() ? healing_ : reading_).push_back(std::move(one));
    pump();
  });
}

// -- on the wire --------------------------------------------------------------

void log_reader::look(const job_ptr& what) {
  const auto meta = meta_key(redis_channel(options_, what->what.name()));
  const std::array<std::string_view, 6> words{"HMGET", meta, "epoch", "offset", "id", "lost"};
  with_.command(meta, words, [this, what](wire::outcome outcome, const redisReply* reply) {
    if (check(what, outcome, reply)) on_head(what, *reply);
  });
}

void log_reader::fetch(const job_ptr& what) {
  const auto name = redis_channel(options_, what->what.name());
  const auto log = log_key(name), meta = meta_key(name), from = std::to_string(what->from);
  const auto items = std::to_string(what->most.max_items()), bytes = std::to_string(what->most.max_bytes);
  const std::array<std::string_view, 6> words{"2", log, meta, from, items, bytes};
  with_.run(script::read, meta, words, [this, what](wire::outcome outcome, const redisReply* reply) {
    if (check(what, outcome, reply)) on_log(what, *reply);
  });
}

/// Whether there is an answer that can be read. If not, it is asked for again.
bool log_reader::check(const job_ptr& what, wire::outcome outcome, const redisReply* reply) {
  if (outcome == wire::outcome::replied && !is_error(*reply)) return true;
  --under_way_;
  if (outcome == wire::outcome::replied) {
    log::limited(log::level::warn, "log_not_read", {{"channel", what->what.name()}, {"why", text_of(*reply)}});
    if (is_final(text_of(*reply)) && ++what->refusals >= max_refusals) {
      // Rather a reset than silence.
      ++under_way_;
      finish(what, {{}, what->after, what->after.value_or(empty_log), true, false});
      return false;
    }
  }
  try_later(what);
  return false;
}

void log_reader::on_head(const job_ptr& what, const redisReply& reply) {
  const auto head = read_head(reply).value_or(log_head{empty_log});
  if (!what->after || head.position == *what->after)
    return finish(what, {.position = head.position, .at_end = true, .losses = head.losses});
  fetch(what);
}

void log_reader::on_log(const job_ptr& what, const redisReply& reply) {
  auto log = read_log_reply(reply, counts_);
  const auto place = log ? place_in(log->state, *what->after) : log_place{};
  const auto is_what_follows = [&] {
    if (!log->state.head || place.after >= log->state.head->offset) return true;  // nothing does
    return log->begin == place.after + 1;
  };
  if (log && is_what_follows()) return finish(what, page_of(*what, place, std::move(*log)));
  // Offsets were given anew, or an answer makes no sense.
  what->from = place.after;
  if (++what->refusals < max_refusals) return fetch(what);
  finish(what, {{}, what->after, *what->after, true, false});
}

log_page log_reader::page_of(const job& what, const log_place& place, log_reply log) {
  if (log.state.head && place.after >= log.state.head->offset) log.entries.clear();
  const auto end = log.entries.empty() || place.end ? 0 : log.end;
  auto page = make_page(what.what, *what.after, place, log.state, std::move(log.entries), unix_ms(), what.most, counts_);
  if (page.position.offset < end) {  // the last ones are not herald's
    page.position = {log.state.head->epoch, end, unknown_tag};
    page.at_end = end >= log.state.head->offset;
  }
  return page;
}

void log_reader::finish(const job_ptr& what, const log_page& page) {
  --under_way_;
  for (const auto& told : what->told) told(page);
  pump();
}

}  // namespace herald::backplane
