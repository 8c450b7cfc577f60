#pragma once

#include "actors/home.hpp"

#include <caf/actor_config.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/resumable.hpp>

#include <cstddef>
#include <cstdint>

namespace herald {

/// An actor that counts what it does, and is in its home's list. Costs a look at the clock for each message.
/// Thread: its home's.
template <class Base>
class measured : public Base, public listed_actor {
public:
  measured(caf::actor_config& cfg, herald::home& where)
    : Base(cfg), listed_actor(where.clock_ns()), home_(&where) {
    home_->actors().add(*this);
  }

  caf::resumable::resume_result resume(caf::execution_unit* on, std::size_t max_messages) override {
    meter_.saw_mailbox(mailbox_depth(), home_->stamp());
    home_->runs(kind(), actor_id());
    return Base::resume(on, max_messages);
  }

  caf::invoke_message_result consume(caf::mailbox_element& what) override {
    const took note{*this};
    if (home_->hook() != nullptr) home_->hook()->before(*this);
    return Base::consume(what);
  }

  std::uint64_t actor_id() const noexcept final { return this->id(); }

  std::size_t mailbox_depth() noexcept final {
    auto& box = this->mailbox();
    // CAF moves what came to where it is counted. With nobody to wake, or in one that is closed, there is nothing to move.
    return box.closed() || box.blocked() ? 0 : box.size();
  }

protected:
  herald::home& home() const noexcept { return *home_; }

  /// It runs no more.
  void leave_list() noexcept { home_->actors().remove(*this); }

private:
  /// The time that a message takes, also when its handler throws.
  struct took {
    explicit took(measured& of) noexcept : self(of) {}
    ~took() {
      const auto now = self.home_->clock_ns();
      self.meter_.handled(self.home_->stamp(), now);
      self.home_->stamp(now);
    }
    measured& self;
  };

  herald::home* home_;
};

/// The same without all that: for the benchmark that says what it costs.
template <class Base>
class unmeasured : public Base {
public:
  unmeasured(caf::actor_config& cfg, herald::home& where) : Base(cfg), home_(&where) {}

  virtual actor_kind kind() const noexcept = 0;
  virtual void describe(actor_row&) const {}
  virtual std::uint64_t outbox_bytes() const noexcept { return 0; }
  virtual std::uint64_t bytes_out() const noexcept { return 0; }

protected:
  herald::home& home() const noexcept { return *home_; }
  void leave_list() noexcept {}

private:
  herald::home* home_;
};

template <class Base>
using perhaps_measured = std::conditional_t<actor_stats, measured<Base>, unmeasured<Base>>;

}  // namespace herald
