#pragma once

#include "backplane/memory/memory_bridge.hpp"
#include "backplane/redis/redis_bridge.hpp"
#include "tests/contract/support/node.hpp"
#include "tests/contract/support/redis_cluster.hpp"
#include "tests/contract/support/redis_server.hpp"
#include "tests/contract/support/sentinel_group.hpp"

#include <chrono>
#include <ostream>

/// Every backplane that has to keep the promises of `backplane/bridge.hpp`, and how to make nodes of it.
namespace herald::contract {

inline backplane::redis_options options_for(const redis_server& server, backplane::redis_options::mode mode) {
  backplane::redis_options options;
  options.hosts = {{"127.0.0.1", server.port()}};
  options.listen = mode;
  options.client_name = "contract";
  return options;
}

inline node::spawn redis_node(backplane::redis_options options, backplane::bridge_limits limits = {}) {
  return [=](thread_home& where, backplane::bridge_status& status) {
    return backplane::spawn_redis_bridge(where, where.context(), options, limits, status);
  };
}

class memory {
public:
  static constexpr bool refuses_when_behind = true;

  node::spawn node_of(backplane::bridge_limits limits = {}) {
    return [=](thread_home& where, backplane::bridge_status& status) {
      return backplane::spawn_memory_bridge(where, limits, status);
    };
  }
};

template <backplane::redis_options::mode Mode>
class over_redis {
public:
  static constexpr bool refuses_when_behind = false;

  redis_server server;

  backplane::redis_options options() const { return options_for(server, Mode); }
  node::spawn node_of(backplane::bridge_limits limits = {}) { return redis_node(options(), limits); }
};

using redis_channel = over_redis<backplane::redis_options::mode::channel>;
using redis_pattern = over_redis<backplane::redis_options::mode::pattern>;

/// One group of servers for all test cases: what they leave is cleared away.
class redis_sentinel {
public:
  static constexpr bool refuses_when_behind = false;

  redis_sentinel() { group().clear(); }

  static sentinel_group& group() {
    static sentinel_group all;
    return all;
  }
  backplane::redis_options options() const { return group().options(backplane::redis_options::mode::channel); }
  node::spawn node_of(backplane::bridge_limits limits = {}) { return redis_node(options(), limits); }
};

inline redis_cluster& shared_cluster() {
  static redis_cluster all;
  return all;
}

template <backplane::redis_options::mode Mode>
class over_cluster {
public:
  static constexpr auto mode = Mode;
  static constexpr bool refuses_when_behind = false;

  over_cluster() { cluster().clear(); }

  static redis_cluster& cluster() { return shared_cluster(); }
  backplane::redis_options options() const { return cluster().options(Mode); }
  node::spawn node_of(backplane::bridge_limits limits = {}) { return redis_node(options(), limits); }
};

using cluster_channel = over_cluster<backplane::redis_options::mode::channel>;
using cluster_sharded = over_cluster<backplane::redis_options::mode::sharded>;

}  // namespace herald::contract

/// All of them, for `TEST_CASE_TEMPLATE`.
#define EVERY_BACKPLANE \
  herald::contract::memory, herald::contract::redis_channel, herald::contract::redis_pattern, \
    herald::contract::redis_sentinel, herald::contract::cluster_channel, herald::contract::cluster_sharded

TYPE_TO_STRING(herald::contract::memory);
TYPE_TO_STRING(herald::contract::redis_channel);
TYPE_TO_STRING(herald::contract::redis_pattern);
TYPE_TO_STRING(herald::contract::redis_sentinel);
TYPE_TO_STRING(herald::contract::cluster_channel);
TYPE_TO_STRING(herald::contract::cluster_sharded);
