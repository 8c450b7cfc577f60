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
  std::string reads;          ///< `42@7 broadcast@0`, in order.
  std::deque<caf::typed_response_promise<log_page>> pages_due;
  std::string positions_asked;
  std::deque<caf::typed_response_promise<positions>> positions_due;
  std::string positions_kept;
  std::deque<caf::typed_response_promise<position_kept>> keeps_due;
  std::vector<order> orders;
  std::deque<caf::typed_response_promise<order_spread>> orders_due;

  std::vector<say> says;

  /// What was subscribed and unsubscribed since the last call.
  std::string take_subscriptions() { return std::exchange(subscriptions, {}); }

  /// Answers the oldest publish that is not answered yet.
  void answer(published with) {
    unanswered.front().deliver(std::move(with));
    unanswered.pop_front();
  }

  std::string take_reads() { return std::exchange(reads, {}); }

  /// Answers the oldest read.
  void answer_read(log_page with) {
    auto promise = std::move(pages_due.front());
    pages_due.pop_front();
    promise.deliver(std::move(with));
  }

  void clear() {
    unanswered.clear();
    pages_due.clear();
    positions_due.clear();
    keeps_due.clear();
    orders_due.clear();
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
      [this](const read_log& what) {
        auto promise = make_response_promise<log_page>();
        add(record_.reads, what.what.name() + '@' + std::to_string(what.after.offset));
        record_.pages_due.push_back(promise);
        return promise;
      },
      [this](const find_positions& what) {
        auto promise = make_response_promise<positions>();
        add(record_.positions_asked, what.user + '/' + what.device);
        record_.positions_due.push_back(promise);
        return promise;
      },
      [this](const keep_position& what) {
        auto promise = make_response_promise<position_kept>();
        add(record_.positions_kept, what.user + '/' + what.device + ' ' + what.channel + '@' + std::to_string(what.at.offset));
        record_.keeps_due.push_back(promise);
        return promise;
      },
      [this](const spread_order& what) {
        auto promise = make_response_promise<order_spread>();
        record_.orders.push_back(what.what);
        record_.orders_due.push_back(promise);
        return promise;
      },
      [](const describe_backplane&) { return backplane_facts{}; },
      [](const look_at_channel&) { return channel_facts{}; },
      [this](const say& what) {
        record_.says.push_back(what);
        return said{true};
      },
      [this](const forwarded& what) { record_.passed_on.push_back(what); },
      [](const backplane_tick&) {},
    };
  }

private:
  static void add(std::string& to, const std::string& what) {
    if (!to.empty()) to += ' ';
    to += what;
  }

  void note(char what, const channel& name) { add(record_.subscriptions, what + name.name()); }

  bridge_record& record_;
};

}  // namespace herald::test
