#pragma once

#include "actors/revocations.hpp"
#include "transport/auth/key_ring.hpp"
#include "transport/auth/token.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <variant>

namespace herald::transport {

/// Says whether a token is good, and what it allows.
/// Thread: any; it verifies on the caller's, in some tens of microseconds, and takes a lock only to copy a pointer.
/// Bound:  who waits for a key that is not known waits 3 s at most, `key_ring::max_waiting` at a time.
class authenticator {
public:
  using outcome = std::variant<grant_ptr, token_failure>;

  authenticator(key_ring& keys, token_rules rules, const revocations& revoked)
    : keys_(keys), rules_(std::move(rules)), revoked_(revoked) {}

  /// Verifies a token; where it names a key that is not known, after asking for that key. `done` is called once, on the thread
  /// that calls this, which runs `on`: at once, or later. It counts in `stats`.
  void check(const std::string& token, boost::asio::io_context& on, shard_stats& stats, std::function<void(outcome)> done);

private:
  struct waiting;

  outcome verify(const std::string& token) const;
  static void settle(outcome result, shard_stats& stats, const std::function<void(outcome)>& done);

  key_ring& keys_;
  const token_rules rules_;
  const revocations& revoked_;
};

/// How a refusal is told to a client that is connected.
failure to_failure(const token_failure& why);

}  // namespace herald::transport
