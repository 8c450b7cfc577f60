#pragma once

#include "actors/stats.hpp"
#include "app/api_keys.hpp"
#include "app/config.hpp"
#include "transport/file_watch.hpp"
#include "transport/http/message.hpp"
#include "transport/limits/token_bucket.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace herald::app {

struct access_options {
  std::string keys_file;          ///< Empty: everybody who reaches the port may do everything.
  bool metrics_need_key = false;
  transport::rate_limit publish;  ///< Of each key; without keys, of all together.
  bool needs_certificate = false;  ///< The port asks clients for certificates; without one, only the probes answer.
};

access_options access_options_of(const settings& from);

/// Reads the keys' file, to see whether it can be used: for `process_inputs::check_files`. Blocks.
std::vector<file_finding> check_keys_file(const settings& from);

/// What became of the internal port's requests and keys, for the metrics.
struct access_stats {
  counter no_key;           ///< Refused with 401, without a key.
  counter no_certificate;   ///< Refused with 403, without a client certificate.
  counter wrong_key;        ///< Refused with 401, with one that is none.
  counter no_right;         ///< Refused with 403.
  counter publishes_limited;  ///< Requests refused with 429.
  counter keys;             ///< In force now.
  counter failed_reloads;   ///< Times that the file changed and could not be taken.
};

/// Who may do what on the internal port, and how often.
/// Thread: the internal port's; the keys are read by the thread that watches their file.
/// Bound:  1,000 keys, and a token bucket for each name among them.
/// Errors: a file that can't be read or has a bad line keeps the node from starting (`check_keys_file`); later, the keys that
///         were in force stay in force, and it is logged and counted.
class access {
public:
  explicit access(access_options options);

  /// Reads the keys, and again when `watch`, which has to end before this, says so. Nothing if that worked, else one sentence.
  std::optional<std::string> start(transport::file_watch& watch);

  /// Lets a request pass and notes in it whose key it has, or answers it.
  std::optional<transport::http_response> check(transport::http_request& head);

  /// Takes a request's messages from its key's share, or answers it.
  std::optional<transport::http_response> charge(const transport::http_request& from, std::size_t messages,
                                                 transport::token_bucket::time_point now);

  const access_stats& stats() const noexcept { return stats_; }

private:
  using keys_ptr = std::shared_ptr<const api_keys>;

  static std::optional<right> right_for(const transport::http_request& head, bool metrics_need_key);
  void reload();
  keys_ptr keys() const;
  void put(api_keys keys);
  transport::http_response refuse(const transport::http_request& head, counter& which, unsigned status,
                                  std::string_view message);

  access_options options_;
  access_stats stats_;
  std::map<std::string, transport::token_bucket, std::less<>> buckets_;
  mutable std::mutex mutex_;
  keys_ptr keys_;  ///< Guarded by `mutex_`. Null: none are asked for.
};

}  // namespace herald::app
