#pragma once

#include "actors/log.hpp"
#include "app/endpoint.hpp"
#include "app/redis_url.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace herald::app {

enum class backplane_kind { memory, redis };
enum class redis_mode { channel, pattern, sharded };
enum class auth_kind { none, jwt };
enum class client_publish { none, all };
enum class tls_min_version { v1_2, v1_3 };
enum class proxy_protocol { off, on };

/// Everything that can be set, checked and in its unit. The defaults, ranges and texts are in the
/// table (settings_table.cpp); `parse` fills every member from it.
struct settings {
  endpoint listen;
  endpoint admin_listen;
  bool insecure_listen_without_auth = false;
  bool insecure_admin_listen_without_auth = false;
  /// Empty: the port is plain.
  std::string tls_cert;
  std::string tls_key;
  std::string admin_tls_cert;
  std::string admin_tls_key;
  /// Empty: clients of the internal port are not asked for a certificate.
  std::string admin_tls_client_ca;
  app::tls_min_version tls_min_version = app::tls_min_version::v1_2;
  /// Empty: none.
  std::string api_keys_file;
  bool metrics_need_key = false;
  bool allow_test_hooks = false;
  std::string node_name;
  /// Empty: `auto`, see `resolved_shards` in cpu_quota.hpp.
  std::optional<std::size_t> shards;
  /// Empty: `auto`, see `resolved_max_connections`.
  std::optional<std::size_t> max_connections;

  backplane_kind backplane = backplane_kind::memory;
  redis_url redis;
  /// Empty: the URL has the password, or there is none.
  std::string redis_password_file;
  app::redis_mode redis_mode = app::redis_mode::channel;
  std::chrono::milliseconds redis_connect_timeout{};
  std::size_t redis_wait_replicas = 0;
  /// Empty: the system's certificates.
  std::string redis_tls_ca;
  /// Empty: none.
  std::string redis_tls_cert;
  std::string redis_tls_key;
  /// Empty: the host's name in the URL.
  std::string redis_tls_server_name;
  bool redis_tls_verify_name = true;
  std::string channel_prefix;
  std::size_t log_max_entries = 0;
  std::chrono::milliseconds log_max_age{};
  std::chrono::milliseconds idempotency_window{};
  std::size_t ingress_max_bytes = 0;

  auth_kind auth = auth_kind::none;
  /// Empty: none. Of these three at least one is given with auth jwt.
  std::string auth_jwt_secret_file;
  std::string auth_jwt_key_file;
  std::string auth_jwks;
  /// Empty: the system's certificates.
  std::string auth_jwks_ca;
  /// Empty: any.
  std::string auth_jwt_issuer;
  std::string auth_jwt_audience;
  std::chrono::milliseconds auth_clock_skew{};
  std::chrono::milliseconds auth_jwks_refresh{};
  std::chrono::milliseconds auth_jwks_cooldown{};
  std::chrono::milliseconds auth_expiry_warning{};
  std::chrono::milliseconds auth_revocation_ttl{};
  app::client_publish client_publish = app::client_publish::none;
  std::chrono::milliseconds handshake_timeout{};
  std::size_t handshake_max_bytes = 0;
  std::size_t message_max_bytes = 0;
  std::size_t publish_max_bytes = 0;
  std::size_t publish_batch_max_bytes = 0;
  /// 0: no limit.
  std::size_t publish_rate = 0;
  /// 0: one second's worth.
  std::size_t publish_burst = 0;
  std::size_t max_groups_per_session = 0;

  /// As it was given and found to be in order; empty: none.
  std::string trusted_proxies;
  app::proxy_protocol proxy_protocol = app::proxy_protocol::off;
  /// As it was given and found to be in order.
  std::string allowed_origins;
  std::size_t handshake_max_headers = 0;
  std::size_t max_unfinished_handshakes = 0;
  // In these, 0 means no limit, or for a burst one second's worth.
  std::size_t connect_rate = 0;
  std::size_t connect_rate_fresh = 0;
  std::chrono::milliseconds connect_fresh_time{};
  std::size_t connect_burst = 0;
  std::size_t connect_rate_per_address = 0;
  std::size_t connect_burst_per_address = 0;
  std::size_t max_connections_per_address = 0;
  std::size_t max_connections_per_user = 0;
  std::size_t client_message_rate = 0;
  std::size_t client_message_burst = 0;
  std::size_t client_byte_rate = 0;
  std::size_t client_byte_burst = 0;
  std::chrono::milliseconds client_rate_patience{};
  /// 0: the system's choice.
  std::size_t socket_send_buffer = 0;
  std::size_t outbox_max_bytes = 0;
  std::size_t outbox_max_messages = 0;
  std::size_t outbox_budget = 0;
  bool compression = false;
  std::chrono::milliseconds slow_client_timeout{};
  std::chrono::milliseconds ping_interval{};
  std::chrono::milliseconds user_linger{};

  std::chrono::milliseconds drain_delay{};
  std::chrono::milliseconds drain_window{};
  bool rebalance = false;
  std::size_t rebalance_tolerance = 0;  ///< Percent.
  std::size_t rebalance_rate = 0;
  std::chrono::milliseconds rebalance_min_age{};
  std::chrono::milliseconds readiness_grace{};
  /// Of all notifications, those that are traced without asking for it: 0 to 1.
  double trace_sample = 0;
  std::size_t trace_ring = 0;
  log::format log_format = log::format::text;
  log::level log_level = log::level::info;
};

/// One setting as it came out, ready to be shown: a secret is already `***`.
struct shown_setting {
  std::string name;
  std::string value;
  /// `default`, `flag --a-b`, `variable HERALD_A_B` or `file.conf:12`.
  std::string source;
};

/// A configuration that is in order.
struct loaded {
  settings values;
  /// In the table's order.
  std::vector<shown_setting> shown;
  /// Sentences for the log: an unknown HERALD_* variable, a setting without effect.
  std::vector<std::string> warnings;
};

/// The process has nothing more to do: `--help` and the like (code 0), or a bad setting (code 2).
struct early_exit {
  int code = 0;
  /// For stdout, with its line ends.
  std::string out;
  /// For stderr, with its line ends: one line an error, all errors at once.
  std::string err;
};

/// What a file that a setting names is found to be.
struct file_finding {
  std::string_view setting;  ///< Its name: `tls-key`.
  std::string what;          ///< Goes on from the value: `can't be read (…); give …`.
  bool is_warning = false;
};

/// What `parse` looks at, so that a test can bring its own.
struct process_inputs {
  /// Without the program's name.
  std::vector<std::string> args;
  std::map<std::string, std::string, std::less<>> env;
  /// The file's text, or empty when it can't be read.
  std::function<std::optional<std::string>(const std::string& path)> read_file;
  /// The machine's name, for `node-name`, where HOSTNAME is not set.
  std::string host_name;
  /// Looks into the files that settings name, once all settings are in order. Empty: they are not looked into.
  std::function<std::vector<file_finding>(const settings&)> check_files;
};

/// The real process's arguments, environment, files and host name.
process_inputs inputs_of_process(int argc, const char* const* argv);

/// Reads all settings: flag over variable over file over default. Never throws and never prints.
std::variant<loaded, early_exit> parse(const process_inputs& from) noexcept;

/// `max-connections`, or for `auto` the hard limit of open files less 256 that the node keeps for
/// itself (at least 1).
std::size_t resolved_max_connections(const settings& from, std::size_t hard_open_files) noexcept;

/// The version in `--version` and in the ready line.
std::string_view version() noexcept;

}  // namespace herald::app
