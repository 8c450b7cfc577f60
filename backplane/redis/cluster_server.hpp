#pragma once

#include "backplane/redis/cluster_view.hpp"
#include "backplane/redis/options.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

/// What everybody needs who keeps a connection to each server of a Cluster.
namespace herald::backplane {

/// One server of the Cluster, as if it were alone.
inline redis_options options_for(redis_options options, const redis_options::address& where) {
  options.kind = redis_options::shape::server;
  options.hosts = {where};
  options.db = 0;
  return options;
}

/// The one at this address; null where there is none.
template <class Server>
Server* find_at(const std::vector<std::unique_ptr<Server>>& all, const redis_options::address& where) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one->where == where; });
  return found == all.end() ? nullptr : found->get();
}

/// The one that owns the slot; null where nobody is known to, or there is no connection to it.
template <class Server>
Server* find_owner(const std::vector<std::unique_ptr<Server>>& all, const cluster_view& view, std::uint16_t slot) {
  const auto* where = view.map().owner(slot);
  return where == nullptr ? nullptr : find_at(all, *where);
}

}  // namespace herald::backplane
