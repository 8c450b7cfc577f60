#include "results.hpp"

namespace herald::load {

namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

} // namespace

bool results::flawless() const {
  const bool all_there = aborted.empty() && sessions.ready == sessions_asked && sessions.closed == 0;
  const bool all_accepted = published.refused == 0 && unanswered == 0 && published.accepted == submitted;
  const bool all_right = account.missing == 0 && account.doubled == 0 && account.out_of_order == 0 && account.misrouted == 0
                         && account.unknown == 0 && odd.damaged == 0 && odd.resets == 0 && odd.byes == 0 && odd.errors == 0;
  return all_there && all_accepted && all_right;
}

double results::deliveries_per_second() const {
  return ratio(static_cast<double>(account.delivered), to_seconds(delivery_time));
}

double results::cpu_us_per_delivery() const {
  return ratio(static_cast<double>(delivery_cpu) / 1e3, static_cast<double>(account.delivered));
}

double results::cpu_us_per_connect() const {
  return ratio(static_cast<double>(connect_cpu) / 1e3, static_cast<double>(sessions.ready + sessions.closed));
}

double results::bytes_per_connection() const {
  if (pss_idle == 0) // broken off before
    return 0;
  return ratio(static_cast<double>(pss_idle) - static_cast<double>(pss_before), static_cast<double>(sessions.ready + sessions.closed));
}

} // namespace herald::load
