#pragma once

#include "actors/actor_meter.hpp"
#include "actors/actor_row.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace herald {

/// An actor in the list of its home, where it is as long as it runs.
/// Thread: its home's.
class listed_actor {
public:
  listed_actor(const listed_actor&) = delete;
  listed_actor& operator=(const listed_actor&) = delete;

  const actor_meter& meter() const noexcept { return meter_; }

  virtual actor_kind kind() const noexcept = 0;
  virtual std::uint64_t actor_id() const noexcept = 0;

  /// How many messages wait for it. Takes time for those that came since somebody last asked.
  virtual std::size_t mailbox_depth() noexcept = 0;

  /// Fills in what only this kind of actor knows.
  virtual void describe(actor_row&) const {}

  /// What waits for its client, and what its client's socket has taken so far.
  virtual std::uint64_t outbox_bytes() const noexcept { return 0; }
  virtual std::uint64_t bytes_out() const noexcept { return 0; }

protected:
  explicit listed_actor(std::int64_t now_ns) noexcept : meter_(now_ns) {}
  ~listed_actor() = default;

  actor_meter meter_;

private:
  friend class actor_list;

  listed_actor* before_ = nullptr;
  listed_actor* after_ = nullptr;
};

/// The actors that run on one home, the oldest first. Costs two pointers an actor.
/// Thread: its home's.
class actor_list {
public:
  /// A place in the list, from its begin; stays right when actors end or come.
  class place {
  public:
    explicit place(actor_list& of) : of_(of), next_(of.first_) { of_.places_.push_back(this); }
    ~place() { std::erase(of_.places_, this); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    /// The actor at this place, which is then the one after; null at the end.
    listed_actor* next() noexcept {
      auto* const found = next_;
      if (found != nullptr) next_ = found->after_;
      return found;
    }

  private:
    friend class actor_list;

    actor_list& of_;
    listed_actor* next_;
  };

  void add(listed_actor& who) noexcept {
    who.before_ = last_;
    (last_ != nullptr ? last_->after_ : first_) = &who;
    last_ = &who;
  }

  void remove(listed_actor& who) noexcept {
    for (auto* one : places_)
      if (one->next_ == &who) one->next_ = who.after_;
    (who.before_ != nullptr ? who.before_->after_ : first_) = who.after_;
    (who.after_ != nullptr ? who.after_->before_ : last_) = who.before_;
    who.before_ = who.after_ = nullptr;
  }

private:
  listed_actor* first_ = nullptr;
  listed_actor* last_ = nullptr;
  std::vector<place*> places_;  ///< Few: one a question that is being answered.
};

}  // namespace herald
