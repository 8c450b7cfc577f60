#include "transport/shard_watch.hpp"

#include <boost/asio/post.hpp>

namespace herald::transport {

void shard_watch::start() {
  boost::asio::post(timer_.get_executor(), [this] { probe(); });
}

void shard_watch::stop() {
  boost::asio::post(timer_.get_executor(), [this] { timer_.cancel(); });
}

void shard_watch::probe() {
  for (auto* one : watched_) one->probe();
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) probe();
  });
}

std::optional<std::size_t> shard_watch::stuck_for(std::chrono::steady_clock::duration most) const {
  for (std::size_t i = 0; i < watched_.size(); ++i)
    if (std::chrono::steady_clock::now() - watched_[i]->last_alive() > most) return i;
  return std::nullopt;
}

}  // namespace herald::transport
