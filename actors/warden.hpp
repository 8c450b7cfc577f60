#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "actors/revocations.hpp"
#include "actors/token_index.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace herald {

/// Carries out orders to end sessions and to refuse tokens: those of this node's API, once the backplane has them and tells the
/// other nodes, and those that it hears of from there.
///
///     API ──give_order──▶ warden ──spread_order──▶ bridge ──▶ every other node's bridge ──order_heard──▶ its warden
///                           └──end_sessions──▶ directories ──▶ user_router ──▶ session
///
/// Thread: the API's.   Owns: orders on their way.   Ends: with the node.
/// Bound:  the API bounds its requests.
class warden : public pinned<warden_actor, actor_kind::warden> {
public:
  warden(caf::actor_config& cfg, bridge_actor bridge, std::vector<directory_actor> directories, revocations& revoked,
         const token_index& tokens, std::chrono::milliseconds timeout);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  using told = std::function<void(std::size_t)>;

  void on_give_order(const give_order& asked);
  void carry_out(const order& what, const told& answer);
  void end_by_token(const order& what, const told& answer);
  void end_by_user(const order& what, const told& answer);

  bridge_actor bridge_;
  std::vector<directory_actor> directories_;
  revocations& revoked_;
  const token_index& tokens_;
  std::chrono::milliseconds timeout_;
};

}  // namespace herald
