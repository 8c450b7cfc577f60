#include "app/health.hpp"

#include "actors/unix_time.hpp"

namespace herald::app {
namespace {

/// A burst that takes less to work off is no reason to send new clients elsewhere.
constexpr std::chrono::seconds behind_grace{5};

}  // namespace

std::optional<std::size_t> health::stuck_shard() const {
  return watch_.stuck_for(std::chrono::seconds{10});
}

std::string health::why_not_ready() const {
  using namespace std::chrono;
  if (port_.draining) return "the node is draining";
  if (port_.sessions >= port_.options.max_connections) return "the node is full (max-connections)";
  const auto now = steady_ms();
  if (const auto since = bridge_.behind_since_ms.load(); since != 0 && milliseconds{now - since} > behind_grace)
    return "the node has been behind its backplane for " + std::to_string((now - since) / 1000) + " s (ingress-max-bytes)";
  if (keys_ != nullptr && !keys_->is_complete()) return "the keys for tokens were not fetched yet (auth-jwks)";
  const auto away_since = bridge_.away_since_ms.load();
  if (away_since == 0) return {};
  if (!bridge_.reached) return "the backplane was not reached yet";
  const auto away = milliseconds{now - away_since};
  if (away <= readiness_grace_) return {};
  return "the backplane has been away for " + std::to_string(away.count() / 1000) + " s (readiness-grace)";
}

}  // namespace herald::app
