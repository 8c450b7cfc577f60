#include "actors/session.hpp"

#include "actors/random.hpp"
#include "actors/revocations.hpp"
#include "actors/token_index.hpp"

#include <algorithm>
#include <utility>

/// What a session does with its client's token. The rest of it is in session.cpp.
namespace herald {
namespace {

/// Many tokens may end together: their clients are not to come back together.
constexpr std::chrono::seconds reconnect_spread{1};

}  // namespace

void session::take_grant(const grant_ptr& granted) {
  forget_grant();
  authority_ = std::make_unique<authority>();
  authority_->granted = granted;
  authority_->ends = clock().now() + granted->good_for;
  authority_->warning = std::min(rules_.expiry_warning, granted->good_for / 2);
  if (rules_.tokens != nullptr && !granted->token_id.empty()) rules_.tokens->add(granted->token_id, address());
  // It may have been revoked since it was verified; from here on the index has it.
  if (rules_.revoked != nullptr && rules_.revoked->covers(*granted, unix_ms() / 1000)) {
    stats().sessions_kicked.add();
    return close(close_reason::kicked);
  }
  link_->remind(granted->good_for - authority_->warning);
}

void session::forget_grant() {
  if (!authority_) return;
  const auto was = std::exchange(authority_, nullptr);
  if (rules_.tokens != nullptr && !was->granted->token_id.empty()) rules_.tokens->remove(was->granted->token_id, address());
}

/// What was asked for before a fresh token came may come still: the time tells.
void session::on_token_due() {
  if (!link_ || closing_ || !authority_) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(authority_->ends - clock().now());
  if (left.count() <= 0) {
    stats().sessions_expired.add();
    return close(close_reason::expired, jitter(reconnect_spread));
  }
  if (left > authority_->warning) return link_->remind(left - authority_->warning);
  // Before the welcome there is nothing to say: that will have the time in it.
  if (!std::exchange(authority_->warned, true) && !opening_) link_->send({event::expiring{left}, {}});
  link_->remind(left);
}

// -- from the client ----------------------------------------------------------

void session::on(const command::renew& asked, const request_ref& ref) {
  if (const auto* why = std::get_if<failure>(&asked.outcome)) {
    refuse(*why, ref);
    if (why->code != errc::unavailable) count_bad_message();
    return;
  }
  const auto& granted = std::get<grant_ptr>(asked.outcome);
  if (granted->user != who_->user) {
    refuse({errc::invalid_token, "token: it is another user's", "token"}, ref);
    return count_bad_message();
  }
  take_grant(granted);
  if (closing_) return;
  link_->send({event::authenticated{granted->expires_s}, ref});
  leave_forbidden_groups();
}

void session::leave_forbidden_groups() {
  const auto groups = groups_;
  for (const auto& group : groups) {
    if (authority_->granted->may_join(group)) continue;
    leave(group);
    link_->send({event::unsubscribed{group}, {}});
  }
}

bool session::check_may_join(const channel& group, const request_ref& ref) {
  if (!authority_ || authority_->granted->may_join(group)) return true;
  refuse({errc::forbidden, "group: the token does not allow " + std::string{group.id()}, "group"}, ref);
  return false;
}

bool session::check_may_publish(const channel& to, const request_ref& ref) {
  if (authority_ ? authority_->granted->may_publish(to) : who_->may_publish) return true;
  if (authority_)
    refuse({errc::forbidden, "to: the token does not allow publishing to it", "to"}, ref);
  else
    refuse({errc::not_allowed, "this client may not publish", {}}, ref);
  return false;
}

// -- orders -------------------------------------------------------------------

void session::on_end_sessions(const order& what) {
  if (!link_ || closing_ || !is_meant(what)) return;
  stats().sessions_kicked.add();
  close(close_reason::kicked);
}

bool session::is_meant(const order& what) const {
  switch (what.what) {
    case order::kind::kick: return who_->since_ms <= what.at_ms;
    case order::kind::revoke_user: return authority_ && authority_->granted->issued_at_s * 1000 <= what.at_ms;
    case order::kind::revoke_token: return authority_ && authority_->granted->token_id == what.id;
  }
  return false;
}

}  // namespace herald
