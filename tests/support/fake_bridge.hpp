#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"

#include <caf/typed_response_promise.hpp>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace herald::test {

/// What a `fake_bridge` was asked, for the test to read and to answer.
struct bridge_record {
  std::string subscriptions;  ///< `+42 +broadcast -42`, in order.
  std::vector<forwarded> passed_on;
  std::vector<publication> publications;
  std::deque<caf::typed_response_promise<published>> unanswered;

  /// What was subscribed and unsubscribed since the last call.
  std::string take_subscriptions() { return std::exchange(subscriptions, {}); }

  /// Answers the oldest publish that is not answered yet.
  void answer(published with) {
    unanswered.front().deliver(std::move(with));
    unanswered.pop_front();
  }

  void clear() {
    unanswered.clear();
    publications.clear();
  }
};

/// A bridge that writes down what it is asked and answers nothing by itself: the test sends `channel_changed` and `deliver`.
class fake_bridge : public pinned<bridge_actor, actor_kind::bridge> {
public:
  fake_bridge(caf::actor_config& cfg, bridge_record& record) : pinned(cfg), record_(record) {}

  behavior_type make_behavior() override {
    return {
      [this](const subscribe& what) { note('+', what.what); },
      [this](const unsubscribe& what) { note('-', what.what); },
      [this](const publish& what) {
        auto promise = make_response_promise<published>();
        record_.publications.push_back(what.what);
        record_.unanswered.push_back(promise);
        return promise;
      },
      [this](const forwarded& what) { record_.passed_on.push_back(what); },
      [](const backplane_tick&) {},
    };
  }

private:
  void note(char what, const channel& name) {
    if (!record_.subscriptions.empty()) record_.subscriptions += ' ';
    record_.subscriptions += what + name.name();
  }

  bridge_record& record_;
};

}  // namespace herald::test
