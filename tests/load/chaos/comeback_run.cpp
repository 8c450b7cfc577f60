#include "chaos/comeback_run.hpp"

#include "publisher.hpp"

#include <algorithm>
#include <cstdio>
#include <random>

namespace herald::load {

namespace {

constexpr nanos longest_wait = 5 * millisecond;
constexpr nanos sample_every = 100 * millisecond;

} // namespace

comeback_run::comeback_run(const options& given)
  : given_(given), people_(given), codec_(people_, given.payload_bytes, std::random_device{}()), book_(people_),
    clients_(given, people_, events_, codec_, book_), publisher_(given, people_, codec_, book_, events_), meter_(given.cpu_of), began_(now()) {}

comeback_results comeback_run::carry_out() {
  results_.sessions_asked = given_.sessions();
  results_.missed_each = given_.missed;
  results_.measured = !meter_.empty();
  if (connect_all()) {
    publish_to_all(1, 1); // from now on every channel has a log and a cursor
    if (turn_until("everybody got the first messages", [&] { return whole(); })) {
      rest(given_.hold);
      results_.pss_before = meter_.pss_bytes();
      come_back();
    }
  }
  results_.clients = clients_.seen(now());
  results_.published = publisher_.seen(now());
  results_.account = book_.settle();
  results_.examples = book_.examples();
  return results_;
}

bool comeback_run::connect_all() {
  const bool connected = turn_until("all sessions connected", [&] { return clients_.all_ready(); });
  results_.connect_time = now() - began_;
  return connected;
}

/// One after the other on each channel, on as many channels at a time as there are connections to publish on.
void comeback_run::publish_to_all(std::uint32_t to_each_user, std::uint32_t to_everybody) {
  const auto publish = [&](channel_id channel) {
    turn_until("the messages were accepted", [&] {
      return !publisher_.busy(channel) && publisher_.unanswered() < 4 * given_.publish_connections * given_.publish_targets.size();
    });
    publisher_.submit(channel, now());
  };
  for (std::uint32_t n = 0; n < std::max(to_each_user, to_everybody) && results_.aborted.empty(); ++n) {
    if (n < to_everybody)
      publish(population::broadcast());
    for (std::uint32_t user = 0; user < people_.users() && n < to_each_user && results_.aborted.empty(); ++user)
      publish(people_.user(user));
  }
}

void comeback_run::come_back() {
  clients_.send_away(now());
  say("away");
  rest(given_.away);
  publish_to_all(given_.missed - given_.missed / 2, given_.missed / 2);
  if (!turn_until("the messages were accepted", [&] { return publisher_.unanswered() == 0; }))
    return;
  results_.pss_away = meter_.pss_bytes();
  say("back");
  const auto start = now();
  const auto cpu = meter_.cpu();
  const auto own = own_cpu();
  clients_.call_back(start);
  turn_until("all sessions came back", [&] { return note_peak(), clients_.all_ready(); });
  results_.back_time = now() - start;
  const auto quiet_since = [&] { return std::max(start, clients_.last_delivery()); };
  turn_until("everybody got what they missed", [&] { return note_peak(), whole() || now() - quiet_since() > given_.settle; });
  results_.whole_time = std::max(results_.back_time, clients_.last_delivery() - start);
  results_.cpu = meter_.cpu() - cpu;
  results_.own_cpu = own_cpu() - own;
  say("whole");
  rest(second / 2, [&] { note_peak(); });
  rest(second * 3 / 2);
  results_.pss_after = meter_.pss_bytes();
}

// -- the loop ----------------------------------------------------------------------------------------------------------------

void comeback_run::rest(nanos duration, const std::function<void()>& each) {
  for (const auto end = now() + duration; now() < end;) {
    turn();
    if (each)
      each();
  }
}

bool comeback_run::turn_until(const char* what, const std::function<bool()>& reached) {
  while (results_.aborted.empty() && !reached()) {
    turn();
    for (const auto& fatal : {clients_.fatal(), publisher_.fatal()})
      if (!fatal.empty())
        results_.aborted = fatal;
    if (now() - began_ > given_.timeout)
      results_.aborted = "--timeout was reached before " + std::string{what};
  }
  return results_.aborted.empty();
}

void comeback_run::turn() {
  const auto time = now();
  publisher_.turn(time);
  clients_.turn(time);
  for (const auto& event : events_.wait(longest_wait)) {
    if (event.data.u64 >= first_publisher_token)
      publisher_.on_event(event.data.u64, event.events);
    else
      clients_.on_event(static_cast<session_id>(event.data.u64), event.events);
  }
}

/// Reading the memory's size takes the process a moment: so now and then only.
void comeback_run::note_peak() {
  if (meter_.empty() || now() < next_sample_)
    return;
  results_.pss_peak = std::max(results_.pss_peak, meter_.pss_bytes());
  next_sample_ = now() + sample_every;
}

void comeback_run::say(const char* what) {
  std::printf("comeback: %s\n", what);
  std::fflush(stdout);
}

} // namespace herald::load
