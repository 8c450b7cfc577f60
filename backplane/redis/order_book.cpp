#include "backplane/redis/order_book.hpp"

#include "actors/log.hpp"
#include "actors/random.hpp"
#include "actors/unix_time.hpp"
#include "backplane/redis/keys.hpp"
#include "backplane/redis/order_text.hpp"
#include "backplane/redis/replies.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace herald::backplane {
namespace {

std::int64_t now_s() { return unix_ms() / 1000; }

order_spread not_done(std::string why) { return {failure{errc::unavailable, std::move(why), {}}}; }

}  // namespace

order_book::order_book(const redis_options& options, commands& with, carry_out act)
  : options_(options),
    with_(with),
    act_(std::move(act)),
    channel_("herald:control"),
    key_("herald:orders:" + slot_text(channel_)),
    name_(std::to_string(random_bits())) {}

// -- out ----------------------------------------------------------------------

void order_book::spread(const order& what, told done) {
  if (!with_.is_ready(key_)) return done(not_done("Redis is away: nothing was done, try again"));
  const auto id = name_ + '-' + std::to_string(++orders_);
  const auto text = to_text(what), message = to_text(said_order{id, what});
  const auto until = std::to_string(what.until_s), now = std::to_string(now_s()), most = std::to_string(max_orders);
  const std::array<std::string_view, 9> words{"1", key_, text, until, now, most, channel_, publish_command(options_), message};
  own_.emplace(id, false);
  with_.run(script::keep_order, key_, words, [this, id, what, done = std::move(done)](wire::outcome outcome, const redisReply* reply) {
    on_kept(id, what, done, outcome, reply);
  });
}

void order_book::on_kept(const std::string& id, const order& what, const told& done, wire::outcome outcome,
                         const redisReply* reply) {
  const bool was_heard = own_.extract(id).mapped();
  if (outcome == wire::outcome::replied && integer_of(*reply) == 1) {
    known_.insert(to_text(what));
    return done({});
  }
  if (was_heard) act_(what);  // the other nodes do it, too
  if (outcome != wire::outcome::replied) return done(not_done("Redis did not answer: try again"));
  const auto why = is_error(*reply) ? std::string{text_of(*reply)} : "it keeps " + std::to_string(max_orders) + " orders already";
  log::limited(log::level::warn, "order_refused", {{"why", why}});
  done(not_done("Redis did not keep it (" + why + ")"));
}

// -- in -----------------------------------------------------------------------

void order_book::heard(std::string_view payload) {
  const auto said = parse_said_order(payload);
  if (!said) return log::limited(log::level::warn, "bad_order", {{"bytes", payload.size()}});
  if (const auto own = own_.find(said->by); own != own_.end()) {
    own->second = true;
    return;
  }
  take(to_text(said->what), said->what.until_s);
}

void order_book::take(const std::string& text, std::int64_t until_s) {
  if (known_.size() > 2 * max_orders) known_.clear();  // to carry one out twice does no harm
  auto what = parse_order(text, until_s);
  if (what && known_.insert(text).second) act_(*what);
}

// -- what is kept -------------------------------------------------------------

void order_book::load() {
  load_is_due_ = true;
  pump();
}

void order_book::pump() {
  if (!load_is_due_ || is_loading_ || !with_.is_ready(key_)) return;
  load_is_due_ = false;
  is_loading_ = true;
  next_ = 0;
  loaded_.clear();
  ask_page();
}

/// From the one that ends last: what is forgotten meanwhile ends first, so that no rank changes but for new orders, which are heard.
void order_book::ask_page() {
  const auto first = std::to_string(next_), last = std::to_string(next_ + page - 1);
  const std::array<std::string_view, 5> words{"ZREVRANGE", key_, first, last, "WITHSCORES"};
  with_.command(key_, words, [this](wire::outcome outcome, const redisReply* reply) { on_page(outcome, reply); });
}

void order_book::on_page(wire::outcome outcome, const redisReply* reply) {
  if (outcome != wire::outcome::replied || is_error(*reply)) {
    is_loading_ = false;
    if (outcome == wire::outcome::replied) return log::limited(log::level::warn, "orders_not_read", {{"why", text_of(*reply)}});
    load_is_due_ = true;  // when Redis is there again
    return;
  }
  const auto parts = elements_of(*reply);
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    const auto score = text_of(*parts[i + 1]);
    std::int64_t until = 0;
    std::from_chars(score.data(), score.data() + score.size(), until);
    std::string text{text_of(*parts[i])};
    if (until > now_s()) take(text, until);
    loaded_.insert(std::move(text));
  }
  next_ += page;
  if (parts.size() == 2 * page && next_ < 2 * max_orders && with_.is_ready(key_)) return ask_page();
  is_loading_ = false;
  if (parts.size() < 2 * page) known_ = std::move(loaded_);  // what has ended is forgotten
  else load_is_due_ = next_ < 2 * max_orders;
  loaded_.clear();
}

}  // namespace herald::backplane
