#pragma once

#include "transport/shard.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace herald::transport {

/// Asks shards for a sign of life, four times a second, from a shard that carries no clients.
/// Thread: `home`'s; its question may come from there.
class shard_watch {
public:
  shard_watch(shard& home, std::vector<shard*> watched) : timer_(home.context()), watched_(std::move(watched)) {}

  void start();
  void stop();

  /// The first shard that did not turn for `most`.
  std::optional<std::size_t> stuck_for(std::chrono::steady_clock::duration most) const;

private:
  static constexpr std::chrono::milliseconds interval{250};

  void probe();

  boost::asio::steady_timer timer_;
  std::vector<shard*> watched_;
};

}  // namespace herald::transport
