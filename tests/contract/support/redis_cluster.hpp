#pragma once

#include "backplane/redis/options.hpp"
#include "tests/contract/support/redis_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace herald::contract {

/// A Cluster of three masters with a replica each. Up when constructed: it takes some three seconds.
class redis_cluster {
public:
  redis_cluster();

  /// One of its nodes is named: the others are for the bridge to find.
  backplane::redis_options options(backplane::redis_options::mode mode) const;

  std::vector<std::unique_ptr<redis_server>>& servers() noexcept { return servers_; }

  /// The master of a key's slot now, as the other nodes see it.
  redis_server& owner(std::string_view key);
  /// A master that has not this slot.
  redis_server& other_master(std::string_view key);
  redis_server& replica_of(redis_server& master);

  /// Waits until a node other than this one owns the slot, and all agree.
  void wait_for_other_owner(std::string_view key, const redis_server& old);

  /// Moves a slot with all of its keys, as redis-cli's reshard does; `between` runs while it is on its way, once before and once
  /// after the keys were moved.
  template <class Between>
  void move_slot(std::string_view key, Between between) {
    auto& from = owner(key);
    auto& to = other_master(key);
    open_slot(key, from, to);
    between();
    move_keys(key, from, to);
    between();
    close_slot(key, from, to);
  }

  /// How often servers have answered with an error that begins so.
  std::size_t count_errors(const std::string& word);

  /// As if no test had used it before.
  void clear();

private:
  void form();
  bool is_settled();
  void open_slot(std::string_view key, redis_server& from, redis_server& to);
  void move_keys(std::string_view key, redis_server& from, redis_server& to);
  void close_slot(std::string_view key, redis_server& from, redis_server& to);
  std::vector<redis_server*> masters();
  redis_server& at_port(const std::string& port);

  std::vector<std::unique_ptr<redis_server>> servers_;
};

}  // namespace herald::contract
