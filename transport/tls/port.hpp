#pragma once

#include "transport/tls/identity.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace herald::transport {

/// What a port that speaks TLS presents now. When its files have changed (`file_watch`) they are read again; new connections get what is
/// new, those that are open go on as they are. Files that can't be used change nothing: they are logged and counted.
/// Thread: any for `identity` and the numbers; `load` and `reload` by one thread at a time, which they block.
class tls_port {
public:
  /// `name` is for the log and the metrics.
  tls_port(std::string name, tls_files files) : name_(std::move(name)), files_(std::move(files)) {}

  /// Reads the files for the first time. Nothing if that worked.
  std::optional<tls_problem> load();

  /// For who watches them.
  std::vector<std::string> files() const { return {files_.certificate, files_.key, files_.client_ca}; }

  /// Reads them again, after they have changed.
  void reload();

  /// @pre it was loaded
  std::shared_ptr<const tls_identity> identity() const;

  const std::string& name() const noexcept { return name_; }
  std::uint64_t reloads() const noexcept { return reloads_; }
  std::uint64_t failed_reloads() const noexcept { return failed_reloads_; }

private:
  void take(std::shared_ptr<const tls_identity> what);

  std::string name_;
  tls_files files_;
  std::atomic<std::uint64_t> reloads_{0};
  std::atomic<std::uint64_t> failed_reloads_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const tls_identity> identity_;  ///< Guarded by `mutex_`.
};

}  // namespace herald::transport
