#pragma once

#include "actors/home.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>
#include <caf/resumable.hpp>

#include <chrono>
#include <deque>
#include <set>
#include <string_view>
#include <vector>

namespace herald::test {

/// A home that runs its actors when it is told to, one message at a time, in the order in which they became ready: what
/// happens between two messages is up to the test.
/// Thread: one.
class manual_home : public home {
public:
  using home::home;

  ~manual_home() override {
    for (auto* job : jobs_) intrusive_ptr_release(job);
  }

  std::int64_t clock_ns() const noexcept override { return now_ns_; }

  /// Lets time go by on the actors' own clock.
  void advance(std::chrono::nanoseconds by) { now_ns_ += by.count(); }

  void exec_later(caf::resumable* job) override {
    if (auto* actor = dynamic_cast<caf::local_actor*>(job)) seen_.insert(actor->address());
    jobs_.push_back(job);
  }

  /// Lets the actor whose turn it is handle one message. False if none is ready.
  bool step() {
    if (jobs_.empty()) return false;
    auto* job = jobs_.front();
    jobs_.pop_front();
    stamp(now_ns_);
    if (job->resume(this, 1) == caf::resumable::resume_later)
      jobs_.push_back(job);
    else
      intrusive_ptr_release(job);
    return true;
  }

  /// Runs until nothing is left to do.
  void run() {
    while (step()) {
    }
  }

  /// The running actors of one kind that were ever woken here.
  std::vector<caf::actor> actors(actor_kind kind) const {
    std::vector<caf::actor> found;
    for (const auto& address : seen_)
      if (auto actor = caf::actor_cast<caf::strong_actor_ptr>(address); actor && is(*actor, kind))
        found.push_back(caf::actor_cast<caf::actor>(actor));
    return found;
  }

private:
  static bool is(caf::actor_control_block& actor, actor_kind kind) {
    auto* local = dynamic_cast<caf::local_actor*>(actor.get());
    return local != nullptr && local->name() == to_string(kind)
           && !local->getf(caf::abstract_actor::is_terminated_flag);
  }

  std::int64_t now_ns_ = std::chrono::nanoseconds{std::chrono::hours{1}}.count();
  std::deque<caf::resumable*> jobs_;
  std::set<caf::actor_addr> seen_;
};

}  // namespace herald::test
