#pragma once

#include "tests/support/recording_link.hpp"

#include "actors/messages.hpp"
#include "actors/pinned.hpp"

#include <string>
#include <utility>

namespace herald::test {

/// What a fake actor was sent, in words: `; ` between.
class notes {
public:
  void add(std::string line) {
    if (!text_.empty()) text_ += "; ";
    text_ += line;
  }

  std::string take() { return std::exchange(text_, {}); }

private:
  std::string text_;
};

/// Stands for a session's router.
class fake_router : public pinned<user_router_actor, actor_kind::user_router> {
public:
  fake_router(caf::actor_config& cfg, notes& heard) : pinned(cfg), heard_(heard) {}

  behavior_type make_behavior() override {
    return {
      [this](const connect& newcomer) { heard_.add("connect " + newcomer.who->session_id); },
      [this](const deliver& what) {
        std::string line = "run " + what.run->to().name() + ':';
        for (const auto& item : what.run->items()) line += ' ' + item.data;
        heard_.add(std::move(line));
      },
      [this](const channel_status& status) { heard_.add("status " + to_text(status)); },
      [this](const session_join& wish) { heard_.add("join " + wish.what.name()); },
      [this](const session_leave& wish) { heard_.add("leave " + wish.what.name()); },
      [](const session_over&) { return session_forgotten{}; },
      [this](const end_sessions& order) {
        heard_.add("end_sessions " + order.what.id);
        return sessions_ended{1};
      },
      [](const describe_user&) { return user_facts{}; },
      [this](const close_sessions& order) { heard_.add("close_sessions " + std::string{to_text(order.why)}); },
    };
  }

private:
  notes& heard_;
};

/// Stands for a router's directory.
class fake_directory : public pinned<directory_actor, actor_kind::directory> {
public:
  fake_directory(caf::actor_config& cfg, notes& heard) : pinned(cfg), heard_(heard) {}

  behavior_type make_behavior() override {
    return {
      [this](const connect&) { heard_.add("connect"); },
      [this](const deliver&) { heard_.add("deliver"); },
      [this](const channel_changed& change) { heard_.add("changed " + to_text(change.status)); },
      [this](const join& wish) { heard_.add("join " + wish.what.name()); },
      [this](const leave& wish) { heard_.add("leave " + wish.what.name()); },
      [this](const router_idle& report) { heard_.add("idle " + report.user + ' ' + std::to_string(report.connections)); },
      [](const linger_over&) {},
      [](const next_slice&) {},
      [this](const end_sessions& order) {
        heard_.add("end_sessions " + order.what.id);
        return sessions_ended{1};
      },
      [](const describe_user&) { return user_facts{}; },
      [](const describe_groups&) { return groups_facts{}; },
      [](const describe_trace&) { return trace_facts{}; },
      [this](const close_sessions& order) { heard_.add("close_sessions " + std::string{to_text(order.why)}); },
      [this](const send_away& order) { heard_.add("send_away " + std::to_string(order.pace.window.count()) + " ms"); },
      [this](const let_stay&) { heard_.add("let_stay"); },
      [](const departure_due&) {},
      [this](const move_sessions& order) {
        heard_.add("move " + std::to_string(order.count));
        return sessions_ended{order.count};
      },
      [](const sample_users&) { return users_sample{}; },
    };
  }

private:
  notes& heard_;
};

}  // namespace herald::test
