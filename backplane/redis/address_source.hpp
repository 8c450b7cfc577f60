#pragma once

#include "backplane/redis/options.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace herald::backplane {

/// Knows which server to try next. The seam for Sentinel (asks who is master) and Cluster (the slot map): those have to ask
/// somebody first, so the answer comes through a handler.
/// Thread: the connection's home.
class address_source {
public:
  using handler = std::function<void(std::optional<redis_options::address>)>;

  virtual ~address_source() = default;

  /// Calls `done` at once or later, on the home's thread; with nothing if it knows no server now.
  virtual void next(handler done) = 0;
};

/// A list that is known from the start, tried in turn.
class address_list : public address_source {
public:
  explicit address_list(std::vector<redis_options::address> all) : all_(std::move(all)) {}

  void next(handler done) override {
    if (all_.empty()) return done(std::nullopt);
    done(all_[turn_++ % all_.size()]);
  }

private:
  std::vector<redis_options::address> all_;
  std::size_t turn_ = 0;
};

}  // namespace herald::backplane
