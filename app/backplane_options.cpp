#include "app/backplane_options.hpp"

#include "backplane/redis/tls.hpp"

#include <algorithm>
#include <fstream>
#include <utility>
#include <variant>

namespace herald::app {
namespace {

/// Redis itself takes longer ones; who has one has given the wrong file.
constexpr std::size_t longest_password = 4096;

backplane::redis_options::shape shape_of(const redis_url& url) {
  using shape = backplane::redis_options::shape;
  switch (url.kind) {
    case redis_url::scheme::server: return shape::server;
    case redis_url::scheme::sentinel: return shape::sentinel;
    case redis_url::scheme::cluster: break;
  }
  return shape::cluster;
}

backplane::redis_options::mode mode_of(redis_mode from) {
  using mode = backplane::redis_options::mode;
  switch (from) {
    case redis_mode::channel: return mode::channel;
    case redis_mode::pattern: return mode::pattern;
    case redis_mode::sharded: break;
  }
  return mode::sharded;
}

}  // namespace

backplane::bridge_limits bridge_limits_of(const settings& from) {
  using std::chrono::duration_cast, std::chrono::seconds;
  return {from.ingress_max_bytes, from.log_max_entries, duration_cast<seconds>(from.log_max_age),
          duration_cast<seconds>(from.idempotency_window), trace_share(from.trace_sample)};
}

std::string redis_client_name(const std::string& node) {
  return "herald-" + node;
}

backplane::redis_options redis_options_of(const settings& from) {
  backplane::redis_options result;
  result.kind = shape_of(from.redis);
  result.master_name = from.redis.master_name;
  for (const auto& host : from.redis.hosts) result.hosts.push_back({host.host, std::to_string(host.port)});
  result.user = from.redis.user;
  result.password = from.redis.password;
  result.db = from.redis.db;
  result.listen = mode_of(from.redis_mode);
  result.prefix = from.channel_prefix;
  result.client_name = redis_client_name(from.node_name);
  result.connect_timeout = from.redis_connect_timeout;
  result.wait_replicas = from.redis_wait_replicas;
  result.max_message_bytes = std::max(result.max_message_bytes, from.publish_max_bytes);
  return result;
}

std::optional<std::string> load_redis_password(const settings& from, backplane::redis_options& into) {
  if (from.redis_password_file.empty()) return std::nullopt;
  std::ifstream file{from.redis_password_file, std::ios::binary};
  std::string text(longest_password + 2, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !file.is_open() || file.gcount() == 0) return "can't be read, or is empty; give a file that holds the password";
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty() || text.size() > longest_password || text.find('\n') != std::string::npos)
    return "holds no password: that is one line of 1 to 4096 characters";
  into.password = std::move(text);
  return std::nullopt;
}

std::optional<std::string> load_redis_tls(const settings& from, backplane::redis_options& into) {
  if (!from.redis.tls) return std::nullopt;
  auto found = backplane::load_tls({from.redis_tls_ca, from.redis_tls_cert, from.redis_tls_key,
                                    from.redis_tls_server_name, from.redis_tls_verify_name});
  if (auto* wrong = std::get_if<std::string>(&found)) return *wrong;
  into.tls = std::get<0>(std::move(found));
  return std::nullopt;
}

std::vector<file_finding> check_redis_files(const settings& from) {
  std::vector<file_finding> found;
  if (from.backplane != backplane_kind::redis) return found;
  backplane::redis_options nowhere;
  if (auto why = load_redis_password(from, nowhere)) found.push_back({"redis-password-file", std::move(*why)});
  if (auto why = load_redis_tls(from, nowhere)) found.push_back({"redis", "can't be spoken to over TLS: " + *why});
  return found;
}

}  // namespace herald::app
