#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "actors/rules.hpp"

#include <caf/typed_response_promise.hpp>

namespace herald {

/// Owns one user's sessions on this node and fans notifications out to them.
///
///     directory ──run──▶ user_router ──run──▶ session, session, …
///
/// A session takes part once every channel it asked for is answered: from that moment on it gets all that the router
/// passes on, and is told the positions up to which the router had passed on before. So the seam is exact.
/// Thread: its shard.   Owns: sessions (monitored).   Ends: by its directory, a linger after the last session left.
/// Bound:  none of its own: it keeps nothing back; a session's outbox is bounded.
class user_router : public pinned<user_router_actor, actor_kind::user_router> {
public:
  user_router(caf::actor_config& cfg, std::string user, directory_actor directory, bridge_actor bridge,
              const actor_rules& rules);

  behavior_type make_behavior() override;
  void on_exit() override;
  void describe(actor_row& row) const override;

private:
  /// A channel the router follows, up to where it has passed it on.
  struct followed {
    channel_status status;
    bool answered = false;
  };

  struct followed_group : followed {
    std::vector<session_actor> members;
  };

  struct waiting_session {
    session_actor who;
    std::vector<channel> groups;
  };

  // -- from the directory ---
  void on_connect(const connect& newcomer);
  void on_deliver(const deliver& what);
  void on_channel_status(const channel_status& status);
  void on_close_sessions(const close_sessions& order);
  sessions_ended on_end_sessions(const end_sessions& order);

  // -- for operators (user_inquiry.cpp) ---
  caf::typed_response_promise<user_facts> on_describe();
  user_facts described(std::size_t sessions) const;
  std::shared_ptr<const channel_places> passed_on() const;

  // -- from a session ---
  void on_session_join(const session_join& wish);
  void on_session_leave(const session_leave& wish);
  void on_session_over(const session_actor& who);
  void forget(const caf::actor_addr& who);

  bool is_answered(const std::vector<channel>& groups) const;
  void attach_waiting();
  void attach(const waiting_session& newcomer);
  followed_group& follow(const channel& group);
  void unfollow_unused();
  followed_group* find(const channel& group);
  const followed_group* find(const channel& group) const;
  followed& of(const channel& name);

  directory_actor directory_;
  bridge_actor bridge_;
  const actor_rules& rules_;
  std::uint64_t connections_ = 0;
  followed user_;
  followed broadcast_;
  std::vector<session_actor> sessions_;
  std::vector<waiting_session> waiting_;
  std::vector<followed_group> groups_;
};

}  // namespace herald
