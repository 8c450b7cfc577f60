#include "app/drain/drainer.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"

#include <algorithm>

namespace herald::app {
namespace {

using namespace std::chrono_literals;

/// How often it looks whether all have left.
constexpr auto look_every = 20ms;

}  // namespace

drainer::drainer(caf::actor_config& cfg, transport::public_port& port, drain_status& status, drainer_options options)
  : pinned(cfg), port_(port), status_(status), options_(std::move(options)) {}

drainer::behavior_type drainer::make_behavior() {
  return {
    [this](const begin_drain& order) { on_begin(order); },
    [this](const cancel_drain& order) { on_cancel(order); },
    [this](const drain_step& due) { if (due.number == steps_) on_step(); },
    [this](const foresee_drain& asked) { on_foresee(asked); },
    [this](const foresight_gathered& report) { on_gathered(report.what); },
  };
}

void drainer::on_exit() {
  options_ = {};
  pinned::on_exit();
}

void drainer::on_begin(const begin_drain& order) {
  const auto phase = status_.phase.load();
  if (phase == drain_phase::serving) {
    plan_ = order.plan;
    status_.began_ms = unix_ms();
    status_.sessions_at_begin = options_.sessions();
    const auto delay = std::max(plan_.delay, options_.settle_time);
    status_.ends_ms = unix_ms() + (delay + plan_.time_for(status_.sessions_at_begin)).count();
    log::info("drain_began", {{"by", order.by}, {"sessions", status_.sessions_at_begin.load()}, {"delay_ms", delay}, {"window_ms", plan_.window}});
    port_.draining = true;
    status_.phase = drain_phase::leaving;
    again_after(delay);
  } else if (order.hurry && phase != drain_phase::drained) {
    log::info("drain_hurried", {{"by", order.by}, {"sessions", options_.sessions()}});
    plan_ = order.plan;
    close_sessions_paced();
  }
  if (order.done) order.done();
}

void drainer::on_cancel(const cancel_drain& order) {
  if (status_.is_draining()) {
    log::info("drain_cancelled", {{"by", order.by}, {"sessions", options_.sessions()}});
    tell_directories(let_stay{});
    ++steps_;
    port_.stopping = false;
    port_.draining = false;
    status_.ends_ms = 0;
    status_.phase = drain_phase::serving;
  }
  if (order.done) order.done();
}

void drainer::on_step() {
  if (status_.phase == drain_phase::leaving) return close_sessions_paced();
  if (options_.sessions() == 0) return finish();
  if (now() < until_) return again_after(look_every);
  if (is_cutting_) return finish();
  cut();
}

void drainer::close_sessions_paced() {
  const auto sessions = options_.sessions();
  const auto time = plan_.time_for(sessions);
  status_.ends_ms = unix_ms() + time.count();
  port_.stopping = true;
  const auto shards = port_.directories.size();
  tell_directories(send_away{{time, std::max<std::size_t>(1, plan_.least_per_s / shards)}, plan_.reconnect_within(sessions)});
  is_cutting_ = false;
  until_ = now() + time + options_.close_time;
  status_.phase = drain_phase::closing;
  again_after(look_every);
}

void drainer::cut() {
  const auto left = options_.sessions();
  status_.cut += left;
  log::warn("sessions_cut", {{"sessions", left}});
  tell_directories(close_sessions{{}, close_reason::shutdown, plan_.reconnect_within(left)});
  is_cutting_ = true;
  until_ = now() + options_.cut_time;
  again_after(look_every);
}

void drainer::finish() {
  ++steps_;
  status_.phase = drain_phase::drained;
  log::info("drained", {{"sessions_at_begin", status_.sessions_at_begin.load()}, {"took_ms", unix_ms() - status_.began_ms}, {"left", options_.sessions()}});
}

void drainer::again_after(std::chrono::milliseconds time) {
  delayed_send(this, time, drain_step{++steps_});
}

}  // namespace herald::app
