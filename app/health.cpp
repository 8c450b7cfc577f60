#include "app/health.hpp"

namespace herald::app {

std::optional<std::size_t> health::stuck_shard() const {
  return watch_.stuck_for(std::chrono::seconds{10});
}

std::string health::why_not_ready() const {
  using namespace std::chrono;
  if (port_.stopping) return "the node is stopping";
  if (port_.connections >= port_.options.max_connections) return "the node is full (max-connections)";
  const auto away_since = bridge_.away_since_ms.load();
  if (away_since == 0) return {};
  if (!bridge_.reached) return "the backplane was not reached yet";
  const auto now = duration_cast<milliseconds>(steady_clock::now().time_since_epoch());
  const auto away = now - milliseconds{away_since};
  if (away <= readiness_grace_) return {};
  return "the backplane has been away for " + std::to_string(away.count() / 1000) + " s (readiness-grace)";
}

}  // namespace herald::app
