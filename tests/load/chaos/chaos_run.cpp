#include "chaos/chaos_run.hpp"

#include "publisher.hpp"

#include <algorithm>
#include <cstdio>
#include <random>

namespace herald::load {

namespace {

constexpr nanos longest_wait = 5 * millisecond;
constexpr nanos tolerance = 500 * millisecond;      // a message that is everywhere so soon after its acceptance is not late
constexpr nanos wait_for_doubles = 1 * second;

} // namespace

chaos_run::chaos_run(const options& given)
  : given_(given), people_(given), codec_(people_, given.payload_bytes, std::random_device{}()), book_(people_), console_(events_),
    clients_(given, people_, events_, codec_, book_), publisher_(given, people_, codec_, book_, events_), traffic_(given, people_),
    began_(now()), next_progress_(began_ + second) {}

chaos_results chaos_run::carry_out() {
  results_.sessions_asked = given_.sessions();
  results_.run_id = codec_.run_id();
  if (connect_all()) {
    disturb();
    settle();
  }
  finish();
  return results_;
}

// -- phases ------------------------------------------------------------------------------------------------------------------

bool chaos_run::connect_all() {
  const auto deadline = began_ + given_.connect_timeout;
  while (!clients_.all_ready() && now() < deadline && !broken_off() && !stopped_)
    turn();
  if (!clients_.all_ready() && results_.aborted.empty())
    results_.aborted = "only " + std::to_string(clients_.seen(now()).ready) + " of " + std::to_string(given_.sessions()) + " sessions were ready in time";
  return results_.aborted.empty();
}

void chaos_run::disturb() {
  running_since_ = now();
  traffic_.begin(running_since_);
  if (given_.reconnect_every > 0)
    clients_.stir(given_.reconnect_every, running_since_);
  bool said = false;
  const auto end = running_since_ + given_.duration;
  while (now() < end && !stopped_ && !broken_off()) {
    turn();
    if (!said && book_.accepted_so_far() > 0) {
      said = true;
      say("running");
    }
  }
  traffic_.end();
  clients_.calm();
  clients_.felt().end(now());
  results_.took = now() - running_since_;
  say("stopped");
}

/// Until everybody has everything, and then a little longer, for what may come twice.
void chaos_run::settle() {
  const auto began = now();
  const auto whole = [&] { return book_.missing_so_far() == 0 && publisher_.unanswered() == 0 && clients_.all_ready(); };
  while (!whole() && now() - began < given_.settle && console::interruptions() < 2 && !broken_off())
    turn();
  results_.settling = now() - began;
  const auto quiet_from = now();
  while (now() - quiet_from < wait_for_doubles && console::interruptions() < 2)
    turn();
}

void chaos_run::finish() {
  const auto time = now();
  results_.clients = clients_.seen(time);
  results_.published = publisher_.seen(time);
  results_.held_back = traffic_.held_back();
  results_.account = book_.settle();
  results_.max_lateness = book_.max_lateness();
  results_.examples = book_.examples();
  const auto& felt = clients_.felt();
  for (std::size_t i = 0; i < results_.marks.size(); ++i) {
    auto& mark = results_.marks[i];
    mark.whole_after = book_.whole_after(mark.at, tolerance);
    mark.felt = felt.stretches()[i];
    mark.sent = book_.accepted_between(mark.felt.from, mark.felt.to);
    mark.at -= running_since_;
  }
  results_.moments = felt.moments();
  for (channel_id channel = 0; channel < people_.channels(); ++channel) {
    chaos_channel& entry = results_.channels.emplace_back();
    entry.name = people_.name_of(channel);
    entry.submitted = book_.submitted(channel);
    entry.excused = book_.excused_numbers(channel);
    for (std::uint32_t number = 1; number <= entry.submitted; ++number)
      if (!book_.accepted(channel, number))
        entry.undecided.push_back(number);
  }
}

// -- the loop ----------------------------------------------------------------------------------------------------------------

void chaos_run::turn() {
  auto time = now();
  traffic_.turn(publisher_, time);
  publisher_.turn(time);
  clients_.turn(time);
  for (const auto& event : events_.wait(longest_wait)) {
    if (event.data.u64 == console::token)
      console_.on_event();
    else if (event.data.u64 >= first_publisher_token)
      publisher_.on_event(event.data.u64, event.events);
    else
      clients_.on_event(static_cast<session_id>(event.data.u64), event.events);
  }
  obey();
  time = now();
  if (time >= next_progress_)
    show_progress(time);
}

void chaos_run::obey() {
  stopped_ = stopped_ || console::interruptions() > 0;
  while (const auto line = console_.next_line()) {
    if (line->rfind("mark ", 0) == 0) {
      results_.marks.push_back({.name = line->substr(5), .at = now()});
      clients_.felt().begin(results_.marks.back().at);
      say(*line);
    } else if (*line == "calm") {
      clients_.calm();
      say(*line);
    } else if (*line == "stop") {
      stopped_ = true;
    } else if (!line->empty()) {
      say("not understood: " + *line);
    }
  }
}

void chaos_run::show_progress(nanos time) {
  next_progress_ = time + second;
  const auto delivered = book_.delivered_so_far();
  const auto seen = clients_.seen(time);
  if (!given_.quiet)
    std::fprintf(stderr, "%4.0f s  connected %llu/%llu  reconnects %llu  accepted %llu  waiting for an answer %llu  delivered/s %llu  missing now %llu  resets %llu\n",
                 to_seconds(time - began_), static_cast<unsigned long long>(seen.ready), static_cast<unsigned long long>(given_.sessions()),
                 static_cast<unsigned long long>(seen.reconnects), static_cast<unsigned long long>(book_.accepted_so_far()),
                 static_cast<unsigned long long>(publisher_.unanswered()), static_cast<unsigned long long>(delivered - shown_deliveries_),
                 static_cast<unsigned long long>(book_.missing_so_far()), static_cast<unsigned long long>(book_.resets_so_far()));
  shown_deliveries_ = delivered;
}

bool chaos_run::broken_off() {
  for (const auto& fatal : {clients_.fatal(), publisher_.fatal()})
    if (!fatal.empty() && results_.aborted.empty())
      results_.aborted = fatal;
  return !results_.aborted.empty();
}

void chaos_run::say(const std::string& what) {
  std::printf("chaos: %s\n", what.c_str());
  std::fflush(stdout);
}

} // namespace herald::load
