#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"

#include <chrono>
#include <memory>

namespace herald {

/// Publishes what the API's requests ask for, all of a request at once, and answers when the last one is answered.
/// Thread: the API's.   Owns: requests on their way.   Ends: with the node.
/// Bound:  the API bounds a request; the bridge refuses what it can't take.
class publisher : public pinned<publisher_actor, actor_kind::publisher> {
public:
  publisher(caf::actor_config& cfg, bridge_actor bridge, std::chrono::milliseconds timeout);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  struct request_state;

  void on_publish_all(const publish_all& asked);
  void settle(request_state& request, std::size_t index, published outcome);

  bridge_actor bridge_;
  std::chrono::milliseconds timeout_;
};

}  // namespace herald
