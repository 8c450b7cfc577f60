#include "actors/publisher.hpp"

namespace herald {

struct publisher::request_state {
  std::vector<published> results;
  std::size_t open = 0;
  std::function<void(std::vector<published>)> done;
};

publisher::publisher(caf::actor_config& cfg, bridge_actor bridge, std::chrono::milliseconds timeout)
  : pinned(cfg), bridge_(std::move(bridge)), timeout_(timeout) {}

publisher::behavior_type publisher::make_behavior() {
  return {[this](const publish_all& asked) { on_publish_all(asked); }};
}

void publisher::on_exit() {
  bridge_ = nullptr;
  pinned::on_exit();
}

void publisher::on_publish_all(const publish_all& asked) {
  if (asked.what.empty()) return asked.done({});
  auto state = std::make_shared<request_state>();
  state->results.resize(asked.what.size());
  state->open = asked.what.size();
  state->done = asked.done;
  for (std::size_t i = 0; i < asked.what.size(); ++i)
    request(bridge_, timeout_, publish{asked.what[i]})
      .then([this, state, i](const published& outcome) { settle(*state, i, outcome); },
            [this, state, i](const caf::error&) {
              settle(*state, i, {failure{errc::unavailable, "the backplane did not answer: try again with the same id", {}}});
            });
}

void publisher::settle(request_state& request, std::size_t index, published outcome) {
  auto accepted = std::holds_alternative<receipt>(outcome.result);
  (accepted ? stats().publishes_accepted : stats().publishes_refused).add();
  request.results[index] = std::move(outcome);
  if (--request.open == 0) request.done(std::move(request.results));
}

}  // namespace herald
