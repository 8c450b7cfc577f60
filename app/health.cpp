#include "app/health.hpp"

#include <boost/asio/post.hpp>

namespace herald::app {

using std::chrono::steady_clock;

health::health(transport::shard& home, std::span<transport::shard* const> shards, const transport::public_port& port,
               const backplane::bridge_status& bridge, limits with)
  : timer_(home.context()), shards_(shards), port_(port), bridge_(bridge), limits_(with) {}

void health::start() {
  boost::asio::post(timer_.get_executor(), [this] { probe(); });
}

void health::stop() {
  boost::asio::post(timer_.get_executor(), [this] { timer_.cancel(); });
}

void health::probe() {
  for (auto* one : shards_) one->probe();
  timer_.expires_after(std::chrono::seconds{1});
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) probe();
  });
}

std::optional<std::size_t> health::stuck_shard() const {
  for (std::size_t i = 0; i < shards_.size(); ++i)
    if (steady_clock::now() - shards_[i]->last_alive() > limits_.stuck_after) return i;
  return std::nullopt;
}

std::string health::why_not_ready() const {
  if (port_.stopping) return "the node is stopping";
  if (port_.connections >= port_.options.max_connections) return "the node is full (max-connections)";
  const auto away_since = bridge_.away_since_ms.load();
  if (away_since == 0) return {};
  if (!bridge_.reached) return "the backplane was not reached yet";
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch());
  const auto away = now - std::chrono::milliseconds{away_since};
  if (away <= limits_.readiness_grace) return {};
  return "the backplane has been away for " + std::to_string(away.count() / 1000) + " s (readiness-grace)";
}

}  // namespace herald::app
