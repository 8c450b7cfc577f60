#pragma once

#include "transport/tls/identity.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace herald::transport {

/// What a port that speaks TLS presents now. When its files have changed they are read again; new connections get what is new, those
/// that are open go on as they are. Files that can't be used change nothing: they are logged and counted, and looked at again
/// once they have changed.
/// Thread: any for `identity` and the numbers; `load` and `check` by one thread at a time, which they block.
class tls_port {
public:
  /// `name` is for the log and the metrics.
  tls_port(std::string name, tls_files files) : name_(std::move(name)), files_(std::move(files)) {}

  /// Reads the files for the first time. Nothing if that worked.
  std::optional<tls_problem> load();

  /// Reads them again if they have changed since, and have stayed as they are from the last check to this one: who
  /// replaces certificate and key one after the other must not be caught in between.
  void check();

  /// @pre it was loaded
  std::shared_ptr<const tls_identity> identity() const;

  const std::string& name() const noexcept { return name_; }
  std::uint64_t reloads() const noexcept { return reloads_; }
  std::uint64_t failed_reloads() const noexcept { return failed_reloads_; }

private:
  /// Tells one state of a file from another.
  struct stamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = -1, modified_ns = 0, changed_ns = 0;  ///< Size -1: it isn't there.
    bool operator==(const stamp&) const = default;
  };
  using stamps = std::array<stamp, 3>;

  static stamp stamp_of(const std::string& file);
  stamps look() const;
  void take(std::shared_ptr<const tls_identity> what);
  void reload();

  std::string name_;
  tls_files files_;
  stamps loaded_;
  stamps seen_;
  std::atomic<std::uint64_t> reloads_{0};
  std::atomic<std::uint64_t> failed_reloads_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const tls_identity> identity_;  ///< Guarded by `mutex_`.
};

}  // namespace herald::transport
