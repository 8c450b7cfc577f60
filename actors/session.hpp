#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "actors/rules.hpp"

#include <chrono>

namespace herald {

/// One connection: hands what comes from its router to its link, and what its client says to whom it concerns.
/// Thread: its user's shard.   Owns: its link.   Ends: when its link has closed.
/// Bound:  what waits for the client is in the link's outbox, which is bounded; a full one ends the session (1013).
class session : public pinned<session_actor, actor_kind::session> {
public:
  session(caf::actor_config& cfg, hello_ptr who, user_router_actor router, bridge_actor bridge,
          const actor_rules& rules);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  struct awaited {
    channel name;
    request_ref ref;
  };

  // -- from the router ---
  void on_attached(const attached& to);
  void on_deliver(const batch& run);
  void on_channel_status(const channel_status& status);

  // -- from the client ---
  void on_command(const client_command& asked);
  void carry_out(const client_command& asked);
  void on(const command::subscribe& asked, const request_ref& ref);
  void on(const command::unsubscribe& asked, const request_ref& ref);
  void on(const command::publish& asked, const request_ref& ref);
  void on(const command::ping& asked, const request_ref& ref);
  void on(const command::resume& asked, const request_ref& ref);
  void on(const command::ack& asked, const request_ref& ref);
  void on(const command::authenticate& asked, const request_ref& ref);
  void on(const command::malformed& asked, const request_ref& ref);

  void on_published(const published& outcome, const request_ref& ref);
  void refuse(failure why, const request_ref& ref);
  void count_bad_message();
  void close(close_reason why, std::chrono::milliseconds reconnect_after = {});

  bool is_in(const channel& group) const;

  hello_ptr who_;
  link_ptr link_;
  user_router_actor router_;
  bridge_actor bridge_;
  const actor_rules& rules_;
  std::vector<channel> groups_;
  std::vector<awaited> awaited_;  ///< Groups that the client waits to hear of.
  std::vector<client_command> early_;  ///< What the client said before its welcome, which comes first.
  bool welcomed_ = false;
  bool closing_ = false;
  std::uint32_t bad_messages_ = 0;
  caf::actor_clock::time_point bad_since_{};
};

}  // namespace herald
