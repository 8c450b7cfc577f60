#pragma once

#include "backplane/redis/options.hpp"
#include "tests/contract/support/redis_server.hpp"
#include "tests/contract/support/temporary_directory.hpp"

#include <memory>
#include <string>
#include <vector>

namespace herald::contract {

/// A master, two replicas and three Sentinels that agree on it. Up when constructed: it takes some three seconds.
class sentinel_group {
public:
  /// `password`: of servers and Sentinels, by the default user; empty: none.
  explicit sentinel_group(std::string password = {});

  /// Where the Sentinels are, and how the master is called.
  backplane::redis_options options(backplane::redis_options::mode mode) const;

  /// The server that a Sentinel takes for the master now.
  redis_server& master();
  std::vector<redis_server*> replicas();
  std::vector<std::unique_ptr<redis_server>>& sentinels() noexcept { return sentinels_; }

  /// Waits until another server than this one is the master.
  void wait_for_other_master(const redis_server& old);

  /// As if no test had used it before.
  void clear() { master().command({"FLUSHALL"}); }

private:
  std::string port_of_master();
  bool is_settled();
  std::string write_sentinel_file(int number) const;

  std::string password_;
  temporary_directory directory_;
  std::vector<std::unique_ptr<redis_server>> servers_;
  std::vector<std::unique_ptr<redis_server>> sentinels_;
};

}  // namespace herald::contract
