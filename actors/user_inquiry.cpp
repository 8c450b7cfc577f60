#include "actors/session.hpp"
#include "actors/user_router.hpp"

#include <caf/typed_response_promise.hpp>

#include <algorithm>

/// What a user's router and sessions tell operators.
namespace herald {

caf::typed_response_promise<user_facts> user_router::on_describe() {
  struct gathering {
    caf::typed_response_promise<user_facts> promise;
    user_facts facts;
    std::size_t open = 0;

    void settle() {
      if (--open == 0) promise.deliver(std::move(facts));
    }
  };
  auto promise = make_response_promise<user_facts>();
  std::vector<session_actor> all = sessions_;
  for (const auto& newcomer : waiting_) all.push_back(newcomer.who);
  auto so_far = std::make_shared<gathering>(gathering{promise, described(all.size()), std::min(all.size(), user_facts::most_sessions)});
  if (so_far->open == 0) return promise.deliver(so_far->facts), promise;
  all.resize(so_far->open);
  const auto places = passed_on();
  for (const auto& who : all)
    request(who, caf::infinite, describe_session{places})
      .then(
        [so_far](const session_facts& one) {
          so_far->facts.sessions.push_back(one);
          so_far->settle();
        },
        [so_far](const caf::error&) { so_far->settle(); });  // it has ended meanwhile
  return promise;
}

user_facts user_router::described(std::size_t sessions) const {
  user_facts result;
  result.is_known = true;
  result.sessions_in_all = sessions;
  for (const auto* one : {&user_, &broadcast_}) result.channels.emplace_back(one->status.name, one->answered && one->status.live);
  for (const auto& one : groups_) result.channels.emplace_back(one.status.name, one.answered && one.status.live);
  return result;
}

std::shared_ptr<const channel_places> user_router::passed_on() const {
  channel_places result{{user_.status.name, user_.status.position}, {broadcast_.status.name, broadcast_.status.position}};
  for (const auto& one : groups_) result.emplace_back(one.status.name, one.status.position);
  return std::make_shared<const channel_places>(std::move(result));
}

session_facts session::on_describe(const describe_session& asked) {
  session_facts result;
  result.session_id = who_->session_id;
  result.device = who_->device;
  result.address = who_->address;
  result.since_ms = who_->since_ms;
  result.is_closing = closing_;
  for (const auto& [name, passed_on] : *asked.passed_on) {
    if (!is_in(name)) continue;
    auto& told = result.channels.emplace_back(session_channel{name, channel_state::live, passed_on});
    const auto* what = find_behind(name);
    if (what != nullptr) told.sent = what->now == behind::stage::locating ? std::nullopt : std::optional{what->way.position()};
    if (what != nullptr && what->now != behind::stage::at_seam) told.state = channel_state::catching_up;
    if (opening_) told = {name, channel_state::opening, std::nullopt};
  }
  if (!link_) return result;
  result.has_unsent = link_->has_unsent();
  result.link = link_->describe();
  return result;
}

}  // namespace herald
