#pragma once

#include "actors/home.hpp"
#include "actors/log.hpp"
#include "actors/measured.hpp"

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <utility>

namespace herald {

/// An actor of interface `Interface` that stays on the home where it was spawned: whoever sends to it, it runs there.
/// Thus it shares one thread with its home's sockets and timers, and nothing in it needs a lock.
///
/// CAF's own brokers do the same with their multiplexer. A throwing handler ends this actor only: it is logged and
/// counted, and `on_exit()` of the actor tells whom it concerns.
template <class Interface, actor_kind Kind>
class pinned : public perhaps_measured<typename Interface::base> {
public:
  using super = perhaps_measured<typename Interface::base>;
  using super::home;

  explicit pinned(caf::actor_config& cfg) : super(cfg, *static_cast<herald::home*>(cfg.host)) {
    home().stats().actor(Kind).add();
    this->set_exception_handler([](caf::scheduled_actor* self, std::exception_ptr& error) -> caf::error {
      static_cast<pinned*>(self)->report(error);
      return caf::make_error(caf::sec::runtime_error);
    });
  }

  using super::enqueue;

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    super::enqueue(std::move(what), &home());
  }

  actor_kind kind() const noexcept final { return Kind; }

  const char* name() const override { return to_string(Kind).data(); }

  void on_exit() override {
    home().stats().actor(Kind).sub();
    this->leave_list();
  }

protected:
  shard_stats& stats() const noexcept { return home().stats(); }

  /// Writes down for operators what becomes of those of the run that are traced.
  void trace(const batch& run, trace_step step, std::uint64_t amount = 0) const {
    if (run.is_traced()) [[unlikely]] home().traces().note(run, step, amount);
  }

  /// The same for one that is traced.
  void trace_item(const channel& to, const notification& what, trace_step step, std::string_view why = {}) const {
    home().traces().note(trace_subject_of(to, what), step, 0, why);
  }

private:
  void report(const std::exception_ptr& error) {
    stats().actor_failures.add();
    const char* what = "not a std::exception";
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& x) {
      what = x.what();
      log::limited(log::level::error, "actor_failed", {{"kind", to_string(Kind)}, {"what", what}});
    } catch (...) {
      log::limited(log::level::error, "actor_failed", {{"kind", to_string(Kind)}, {"what", what}});
    }
  }
};

/// Spawns a pinned actor of class `Actor` on `where`, which must outlive it.
template <class Actor, class... Args>
auto spawn_on(home& where, Args&&... args) {
  caf::actor_config cfg{&where};
  return where.system().spawn_class<Actor, caf::no_spawn_options>(cfg, std::forward<Args>(args)...);
}

}  // namespace herald
