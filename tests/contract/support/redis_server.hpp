#pragma once

#include "tests/contract/support/temporary_directory.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

struct redisContext;

namespace herald::contract {

/// A real redis-server on a free port of 127.0.0.1, without persistence, ended with the object.
/// Throws `std::runtime_error` when redis-server is missing or does not come up: a test that needs it must fail.
class redis_server {
public:
  /// `more` goes to the command line; `{"file.conf", "--sentinel"}` makes it a Sentinel.
  /// `password` is what the test's own connection needs.
  explicit redis_server(std::vector<std::string> more = {}, std::string password = {});
  ~redis_server();
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;

  const std::string& port() const noexcept { return port_; }
  /// Of a Cluster's node: what `--cluster-port` said.
  std::string bus_port() const;

  /// Starts it on its port, empty. At once after construction it runs already.
  void start();
  /// Kills it, as a crash would.
  void kill();
  bool is_running() const noexcept { return pid_ != 0; }
  /// Stops it without closing anything: it is connected, but deaf.
  void freeze();
  void thaw();

  /// Runs a command over a connection of the test's own. Texts are as they are, arrays are joined by `|`, nil is `(nil)`;
  /// an error is thrown.
  std::string command(const std::vector<std::string>& words);

private:
  struct closer { void operator()(redisContext* it) const noexcept; };

  void launch();
  bool answers();

  temporary_directory directory_;
  std::string port_;
  std::vector<std::string> more_;
  std::string password_;
  pid_t pid_ = 0;
  std::unique_ptr<redisContext, closer> client_;
};

/// A port of 127.0.0.1 that nobody uses, and that none of these servers was given before.
std::string free_port();

}  // namespace herald::contract
