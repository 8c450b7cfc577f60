#pragma once

#include "actors/descriptions.hpp"
#include "backplane/redis/options.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace herald::backplane {

/// Knows which server to try next. The seam for Sentinel, which has to ask somebody first who is master: so the answer
/// comes through a handler.
/// Thread: the connection's home.
class address_source {
public:
  using handler = std::function<void(std::optional<redis_options::address>)>;
  using moved_handler = std::function<void(const redis_options::address&)>;

  virtual ~address_source() = default;

  /// Begins to watch: from now on `moved` is told which server is the right one whenever that is heard of.
  virtual void watch(moved_handler moved) { static_cast<void>(moved); }

  /// For operators: adds the connections that it has itself.
  virtual void describe(std::vector<backplane_connection>& to) const { static_cast<void>(to); }

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

/// As the options say: their hosts, whom the Sentinels call the master, or any of a Cluster's masters. `options` must outlive it.
std::unique_ptr<address_source> make_address_source(boost::asio::io_context& context, const redis_options& options);

}  // namespace herald::backplane
