#include "run.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <random>

namespace herald::load {

namespace {

constexpr std::size_t enough_queued_bytes = 1 << 20;
constexpr nanos wait_for_doubles = 300 * millisecond;

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int) {
  interrupted = 1;
}

} // namespace

run::run(const options& given)
  : given_(given), people_(given), codec_(people_, given.payload_bytes, std::random_device{}()), book_(people_), judge_(codec_, book_),
    crowd_(given, people_, events_, judge_), traffic_(given, people_, book_), meter_(given.cpu_of), progress_(!given.quiet) {
  if (given.mode != traffic_mode::idle)
    publisher_ = make_publisher(given, people_, codec_, book_);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

results run::carry_out() {
  began_ = now();
  results_.sessions_asked = given_.sessions();
  results_.measured = !meter_.empty();
  results_.pss_before = meter_.pss_bytes();
  if (publisher_)
    results_.aborted = publisher_->open(events_);
  if (results_.aborted.empty() && connect_all()) {
    hold(given_.mode == traffic_mode::idle ? given_.duration : given_.hold);
    results_.pss_idle = meter_.pss_bytes();
    if (publisher_ && !stopped()) {
      publish_all();
      await_deliveries();
    }
  }
  finish();
  return results_;
}

// -- phases ------------------------------------------------------------------------------------------------------------

bool run::connect_all() {
  const auto start = now();
  const auto cpu = meter_.cpu();
  const auto deadline = start + given_.connect_timeout;
  while (!crowd_.all_ready() && crowd_.fatal().empty() && now() < deadline && !stopped()) {
    crowd_.start_connects(now());
    turn(std::min(crowd_.next_start(), deadline));
  }
  results_.connect_time = now() - start;
  results_.connect_cpu = meter_.cpu() - cpu;
  if (!crowd_.fatal().empty())
    results_.aborted = crowd_.fatal();
  else if (!crowd_.all_ready() && results_.aborted.empty())
    results_.aborted = "only " + std::to_string(crowd_.counts().ready) + " of " + std::to_string(given_.sessions()) + " sessions were ready in time";
  return results_.aborted.empty();
}

void run::hold(nanos duration) {
  const auto end = now() + duration;
  while (now() < end && !stopped())
    turn(end);
}

void run::publish_all() {
  const auto cpu = meter_.cpu();
  const auto own = own_cpu();
  published_at_ = now();
  traffic_.begin(published_at_);
  while (!traffic_.done() && publisher_->broken().empty() && !stopped())
    turn(traffic_.next_due());
  results_.publish_time = now() - published_at_;
  results_.delivery_cpu = -cpu; // ended where the deliveries end
  results_.own_cpu = -own;
}

void run::await_deliveries() {
  auto last_change = now();
  auto seen = book_.delivered();
  while (book_.missing_so_far() + publisher_->unanswered() > 0 && !stopped()) {
    turn(now() + 10 * millisecond);
    if (book_.delivered() != seen)
      last_change = now();
    seen = book_.delivered();
    if (now() - last_change > given_.settle)
      break;
    if (!publisher_->broken().empty() && book_.missing_so_far() == 0)
      break;
  }
  results_.delivery_cpu += meter_.cpu();
  results_.own_cpu += own_cpu();
  results_.delivery_time = std::max<nanos>(judge_.last_delivery() - published_at_, 0);
  hold(wait_for_doubles);
}

void run::finish() {
  progress_.end();
  results_.sessions = crowd_.counts();
  results_.submitted = traffic_.sent();
  if (publisher_) {
    results_.published = publisher_->counts();
    results_.unanswered = publisher_->unanswered();
    if (!publisher_->broken().empty() && results_.aborted.empty())
      results_.aborted = publisher_->broken();
  }
  results_.account = book_.settle(crowd_.closed());
  results_.odd = judge_.seen();
  results_.latency = judge_.latency();
  results_.examples = book_.examples();
}

// -- the loop ----------------------------------------------------------------------------------------------------------

void run::submit_due(nanos time) {
  while (publisher_->queued_bytes() < enough_queued_bytes && traffic_.next_due() <= time)
    publisher_->submit(traffic_.next(time));
  publisher_->flush();
}

void run::turn(nanos deadline) {
  const bool publishing = published_at_ > 0 && publisher_->broken().empty();
  if (publishing)
    submit_due(now());
  const auto ready = events_.wait(std::min(deadline, progress_.next()) - now());
  for (const auto& event : ready) {
    if (event.data.u64 >= first_publisher_token)
      publisher_->on_event(event.data.u64, event.events);
    else
      crowd_.on_event(static_cast<session_id>(event.data.u64), event.events);
  }
  const auto time = now();
  if (time >= progress_.next())
    progress_.show({time - began_, crowd_.counts().ready, given_.sessions(), traffic_.sent(), book_.delivered(), book_.missing_so_far()});
  // A poll that finds little costs the server a wake-up for each message: let some gather.
  if (!ready.empty() && !events_.full())
    rest(std::min(given_.poll_pause, deadline - time));
}

bool run::stopped() {
  if (interrupted != 0 && results_.aborted.empty())
    results_.aborted = "interrupted";
  if (now() - began_ > given_.timeout && results_.aborted.empty())
    results_.aborted = "--timeout was reached";
  return !results_.aborted.empty();
}

} // namespace herald::load
