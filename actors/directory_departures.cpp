// How a directory lets sessions go that are to come back on other nodes: all of them, when the node drains, or some, when it has too many.

#include "actors/directory.hpp"
#include "actors/random.hpp"
#include "actors/session.hpp"
#include "actors/unix_time.hpp"

#include <algorithm>

namespace herald {
namespace {

/// Often enough for nobody to see steps, seldom enough to cost nothing.
constexpr std::chrono::milliseconds departure_step{50};

/// Of so many that are too young for each one that is not, none is found: then it is left to the next time.
constexpr std::size_t tries_for_each = 8;

}  // namespace

void directory::on_send_away(const send_away& order) {
  away_.emplace(departing{order, departure{home().sessions().size(), order.pace, now()}});
  on_departure_due({++departures_});
}

void directory::on_departure_due(const departure_due& report) {
  if (!away_ || report.number != departures_) return;
  const auto within = away_->order.reconnect_within;
  const auto due = away_->progress.due(home().sessions().size(), now());
  let_go({.count = due, .reconnect_within = within}, close_reason::drain);
  if (away_->progress.is_over(now()))
    ending_ = close_sessions{{}, close_reason::drain, within};
  else
    delayed_send(this, departure_step, departure_due{departures_});
}

std::size_t directory::let_go(const move_sessions& order, close_reason why) {
  auto& here = home().sessions();
  const auto latest = unix_ms() - order.min_age.count();
  std::size_t told = 0;
  for (auto tries = order.count * tries_for_each; told < order.count && tries > 0 && here.size() > 0; --tries) {
    auto& who = here.any();
    if (order.min_age.count() > 0 && who.since_ms() > latest) continue;
    here.remove(who);
    send(session_actor{&who}, close_session{why, jitter(order.reconnect_within)});
    ++told;
  }
  return told;
}

void directory::on_let_stay() {
  away_.reset();
  ending_.reset();
}

sessions_ended directory::on_move_sessions(const move_sessions& order) {
  return {let_go(order, close_reason::rebalance)};
}

users_sample directory::on_sample_users(const sample_users& asked) const {
  users_sample result;
  home().sessions().sample(asked.most, [&](const session& who) { result.users.push_back(who.user()); });
  return result;
}

}  // namespace herald
