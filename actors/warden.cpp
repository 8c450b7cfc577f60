#include "actors/warden.hpp"

#include "actors/unix_time.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

namespace herald {

std::vector<session_actor> token_index::find(const std::string& token_id) const {
  const std::lock_guard guard{mutex_};
  std::vector<session_actor> result;
  const auto [first, last] = sessions_.equal_range(token_id);
  for (auto one = first; one != last; ++one)
    if (auto who = caf::actor_cast<caf::strong_actor_ptr>(one->second)) result.push_back(caf::actor_cast<session_actor>(who));
  return result;
}

warden::warden(caf::actor_config& cfg, bridge_actor bridge, std::vector<directory_actor> directories, revocations& revoked,
               const token_index& tokens, std::chrono::milliseconds timeout)
  : pinned(cfg), bridge_(std::move(bridge)), directories_(std::move(directories)), revoked_(revoked), tokens_(tokens),
    timeout_(timeout) {}

warden::behavior_type warden::make_behavior() {
  return {
    [this](const give_order& asked) { on_give_order(asked); },
    [this](const order_heard& heard) { carry_out(heard.what, [](std::size_t) {}); },
  };
}

void warden::on_exit() {
  bridge_ = nullptr;
  directories_.clear();
  pinned::on_exit();
}

/// The backplane first: without it nothing is done, here or elsewhere.
void warden::on_give_order(const give_order& asked) {
  request(bridge_, timeout_, spread_order{asked.what})
    .then(
      [this, asked](const order_spread& outcome) {
        if (outcome.why_not) return asked.done(*outcome.why_not);
        carry_out(asked.what, [done = asked.done](std::size_t ended) { done(ended); });
      },
      [asked](const caf::error&) {
        asked.done(failure{errc::unavailable, "the backplane did not answer: try again", {}});
      });
}

void warden::carry_out(const order& what, const told& answer) {
  revoked_.add(what, unix_ms() / 1000);
  if (what.what == order::kind::revoke_token)
    end_by_token(what, answer);
  else
    end_by_user(what, answer);
}

void warden::end_by_token(const order& what, const told& answer) {
  const auto sessions = tokens_.find(what.id);
  for (const auto& who : sessions) send(who, end_sessions{what});
  answer(sessions.size());
}

void warden::end_by_user(const order& what, const told& answer) {
  struct state {
    std::size_t open;
    std::size_t ended = 0;
  };
  auto counting = std::make_shared<state>(state{directories_.size()});
  const auto settle = [counting, answer](std::size_t ended) {
    counting->ended += ended;
    if (--counting->open == 0) answer(counting->ended);
  };
  for (const auto& one : directories_)
    request(one, timeout_, end_sessions{what})
      .then([settle](const sessions_ended& some) { settle(some.count); }, [settle](const caf::error&) { settle(0); });
}

}  // namespace herald
