#include "app/access.hpp"

#include "actors/log.hpp"

#include <fstream>

namespace herald::app {

using transport::error_response;
using transport::http_request;
using transport::http_response;

namespace {

constexpr std::size_t max_file_bytes = 1 << 20;

bool is_under(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_probe(std::string_view path) {
  return path == "/livez" || path == "/readyz";
}

/// It is the same for everybody and can do nothing by itself: it asks for the key, and whatever it asks the node for needs one.
bool is_operators_page(const http_request& head) {
  return head.method == "GET" && (head.path == "/admin/" || head.path == "/admin");
}

/// A file's text; nothing if it can't be read, or has more than `most` bytes.
std::optional<std::string> read_whole_file(const std::string& path, std::size_t most) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  std::string result(most + 1, '\0');
  file.read(result.data(), static_cast<std::streamsize>(result.size()));
  const auto count = static_cast<std::size_t>(file.gcount());
  if (file.bad() || count > most) return std::nullopt;
  result.resize(count);
  return result;
}

std::variant<api_keys, std::string> read_keys(const std::string& file) {
  const auto text = read_whole_file(file, max_file_bytes);
  if (!text) return "can't be read, or has more than 1 MiB";
  return api_keys::parse(*text);
}

}  // namespace

access_options access_options_of(const settings& from) {
  return {from.api_keys_file, from.metrics_need_key, {from.publish_rate, from.publish_burst}, !from.admin_tls_client_ca.empty()};
}

std::vector<file_finding> check_keys_file(const settings& from) {
  if (from.api_keys_file.empty()) return {};
  auto found = read_keys(from.api_keys_file);
  if (auto* wrong = std::get_if<std::string>(&found)) return {{"api-keys-file", std::move(*wrong)}};
  return {};
}

access::access(access_options options) : options_(std::move(options)) {}

std::optional<std::string> access::start(transport::file_watch& watch) {
  if (options_.keys_file.empty()) return std::nullopt;
  watch.add({options_.keys_file}, [this] { reload(); });
  auto found = read_keys(options_.keys_file);
  if (auto* wrong = std::get_if<std::string>(&found)) return "api-keys-file " + options_.keys_file + ": " + *wrong;
  put(std::move(std::get<api_keys>(found)));
  return std::nullopt;
}

void access::reload() {
  auto found = read_keys(options_.keys_file);
  if (const auto* wrong = std::get_if<std::string>(&found)) {
    stats_.failed_reloads.add();
    log::error("api_keys_refused", {{"file", options_.keys_file}, {"why", *wrong}, {"kept", stats_.keys.get()}});
    return;
  }
  put(std::move(std::get<api_keys>(found)));
  log::info("api_keys_read", {{"file", options_.keys_file}, {"keys", stats_.keys.get()}});
}

void access::put(api_keys keys) {
  auto next = std::make_shared<const api_keys>(std::move(keys));
  stats_.keys.store(next->size());
  const std::lock_guard lock{mutex_};
  keys_ = std::move(next);
}

access::keys_ptr access::keys() const {
  const std::lock_guard lock{mutex_};
  return keys_;
}

std::optional<right> access::right_for(const http_request& head, bool metrics_need_key) {
  if (is_operators_page(head)) return std::nullopt;
  if (is_under(head.path, "/admin")) return right::admin;
  if (is_under(head.path, "/api")) return right::publish;
  if (head.path == "/metrics" && metrics_need_key) return right::any;
  return std::nullopt;
}

std::optional<http_response> access::check(http_request& head) {
  if (options_.needs_certificate && !head.is_certified && !is_probe(head.path))
    return refuse(head, stats_.no_certificate, 403,
                  "show a client certificate (admin-tls-client-ca): without one, only /livez and /readyz answer");
  if (options_.keys_file.empty()) return std::nullopt;
  const auto needed = right_for(head, options_.metrics_need_key);
  if (!needed) return std::nullopt;
  if (head.key.empty())
    return refuse(head, stats_.no_key, 401, "this needs a key: Authorization: Bearer KEY, or X-API-Key: KEY (api-keys-file)");
  const auto all = keys();
  const auto* known = all->find(head.key);
  if (known == nullptr) return refuse(head, stats_.wrong_key, 401, "this key is not known (api-keys-file)");
  head.caller = known->name;
  if (known->may(*needed)) return std::nullopt;
  return refuse(head, stats_.no_right, 403,
                *needed == right::admin ? "this key does not have the right admin (api-keys-file)"
                                        : "this key does not have the right publish (api-keys-file)");
}

http_response access::refuse(const http_request& head, counter& which, unsigned status, std::string_view message) {
  which.add();
  log::limited(log::level::warn, "api_request_refused",
               {{"status", status}, {"method", head.method}, {"path", head.path}, {"key", head.caller}, {"peer", head.peer}});
  auto answer = error_response(status, status == 401 ? "unauthorized" : "not_allowed", message);
  if (status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"herald\"");
  return answer;
}

std::optional<http_response> access::charge(const http_request& from, std::size_t messages,
                                            transport::token_bucket::time_point now) {
  const auto& limit = options_.publish;
  if (limit.is_unlimited()) return std::nullopt;
  if (messages > limit.burst()) {
    stats_.publishes_limited.add();
    return error_response(413, "too_large",
                          "a batch may hold up to " + std::to_string(limit.burst()) + " messages (publish-burst): split it");
  }
  // Names come from the keys file; one that left it takes its bucket along when there are too many.
  if (buckets_.size() > 2'000) std::erase_if(buckets_, [&](const auto& one) { return one.second.is_full(now); });
  const auto wait = buckets_[from.caller].try_take(limit, now, messages);
  if (wait == wait.zero()) return std::nullopt;
  stats_.publishes_limited.add();
  log::limited(log::level::warn, "publish_rate_exceeded", {{"key", from.caller}, {"peer", from.peer}});
  return transport::limit_response(
    429, "rate_limited", "this key publishes more than it may (publish-rate, publish-burst): nothing was accepted, try again later", wait);
}

}  // namespace herald::app
