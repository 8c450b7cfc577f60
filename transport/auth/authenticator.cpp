#include "transport/auth/authenticator.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace herald::transport {
namespace {

constexpr std::chrono::seconds patience{3};

}  // namespace

/// A token that waits for a key. Its timer holds it; the ring knows of it, but does not keep it, so that it ends on its thread.
struct authenticator::waiting {
  waiting(boost::asio::io_context& on, std::string what) : timer(on), token(std::move(what)) {}

  boost::asio::steady_timer timer;
  std::string token;
};

void authenticator::check(const std::string& token, boost::asio::io_context& on, shard_stats& stats,
                          std::function<void(outcome)> done) {
  auto result = verify(token);
  const auto* why = std::get_if<token_failure>(&result);
  const bool may_come = why != nullptr && (why->reason == token_refusal::unknown_key || why->reason == token_refusal::no_keys);
  if (!may_come) return settle(std::move(result), stats, done);
  auto one = std::make_shared<waiting>(on, token);
  const bool is_asked = keys_.ask_for_more([&on, weak = std::weak_ptr{one}] {
    boost::asio::post(on, [weak] {
      if (auto still = weak.lock()) still->timer.cancel();
    });
  });
  if (!is_asked) return settle(std::move(result), stats, done);
  one->timer.expires_after(patience);
  one->timer.async_wait([this, one, &stats, done = std::move(done)](const boost::system::error_code&) {
    settle(verify(one->token), stats, done);
  });
}

authenticator::outcome authenticator::verify(const std::string& token) const {
  if (token.empty())
    return token_failure{token_refusal::missing,
                         "a token is required: Authorization: Bearer, the parameter token, or a sub-protocol herald.token.<token>"};
  const auto now = unix_ms();
  auto result = verify_token(token, *keys_.current(), rules_, now);
  if (auto* why = std::get_if<token_failure>(&result)) {
    const bool is_for_want_of_keys = why->reason == token_refusal::unknown_key || why->reason == token_refusal::algorithm
                                     || why->reason == token_refusal::signature;
    if (is_for_want_of_keys && !keys_.is_complete())
      return token_failure{token_refusal::no_keys, "no_keys: the keys to verify tokens with are not here yet: try again"};
    return result;
  }
  if (revoked_.covers(*std::get<grant_ptr>(result), now / 1000))
    return token_failure{token_refusal::revoked, "revoked: the token was revoked"};
  return result;
}

void authenticator::settle(outcome result, shard_stats& stats, const std::function<void(outcome)>& done) {
  if (const auto* why = std::get_if<token_failure>(&result)) {
    stats.tokens_refused[static_cast<std::size_t>(why->reason)].add();
    log::limited(log::level::info, "token_refused", {{"why", why->message}});
  } else {
    stats.tokens_accepted.add();
  }
  done(std::move(result));
}

failure to_failure(const token_failure& why) {
  return {why.reason == token_refusal::no_keys ? errc::unavailable : errc::invalid_token, why.message, "token"};
}

}  // namespace herald::transport
