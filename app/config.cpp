#include "app/config.hpp"

#include "app/setting_value.hpp"
#include "app/settings_sources.hpp"
#include "app/settings_table.hpp"
#include "app/settings_text.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>

namespace herald::app {

namespace {

constexpr int code_ok = 0;
constexpr int code_failed = 1;
constexpr int code_bad_setting = 2;
constexpr std::size_t descriptors_kept_back = 256;

using rank = raw_value::rank;

/// The URL with `***` for its password, and for its query, which may hold a key. What is no URL stays as it is.
std::string masked_url(const std::string& text) {
  const auto scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const auto query = std::min(text.find('?'), text.size());
  auto result = text.substr(0, query);
  const auto begin = scheme + 3;
  const auto at = result.rfind('@', result.find('/', begin));
  if (at != std::string::npos && at >= begin) result.replace(begin, at - begin, "***");
  return query < text.size() ? result + "?***" : result;
}

/// From what was written to what counts: defaults, each value for itself, then what they say
/// about each other.
class evaluation {
public:
  evaluation(const process_inputs& from, collected said) : from_(from), said_(std::move(said)) {}

  void run() {
    add_defaults();
    imply_backplane();
    for (const auto& row : settings_table()) evaluate(row);
    if (fine({"auth"}) && result_.values.auth == auth_kind::none)
      check_reach("listen", "insecure-listen-without-auth", result_.values.listen,
                  result_.values.insecure_listen_without_auth,
                  "and auth is none: whoever reaches it may connect as any user; listen on "
                  "127.0.0.1, or, behind something that authenticates, add "
                  "--insecure-listen-without-auth true");
    if (fine({"api-keys-file"}) && result_.values.api_keys_file.empty())
      check_reach("admin-listen", "insecure-admin-listen-without-auth", result_.values.admin_listen,
                  result_.values.insecure_admin_listen_without_auth || !result_.values.admin_tls_client_ca.empty(),
                  "and it asks nobody who they are: whoever reaches it may publish to anybody; "
                  "listen on 127.0.0.1, give api-keys-file, ask for certificates with admin-tls-client-ca, or, in a "
                  "network that only the fleet reaches, add --insecure-admin-listen-without-auth true");
    check_test_hooks();
    check_keys();
    check_ports();
    check_sizes();
    check_limits();
    check_redis();
    check_redis_password();
    check_tls();
    check_auth();
    if (said_.errors.empty() && from_.check_files) check_files();
  }

  const std::vector<std::string>& errors() const { return said_.errors; }

  loaded take() {
    result_.warnings = std::move(said_.warnings);
    return std::move(result_);
  }

private:
  const raw_value& raw(std::string_view name) const { return said_.values.find(name)->second; }

  std::string named(std::string_view name) const {
    const auto& x = raw(name);
    return std::string{name} + ": " + in_quotes(shown_value(*find_setting(name), x.text))
         + (x.from == rank::fallback ? " by default" : " from " + x.label);
  }

  void add_defaults() {
    for (const auto& row : settings_table())
      said_.values.try_emplace(std::string{row.name},
                               raw_value{std::string{row.fallback}, rank::fallback, "default"});
    auto& node = said_.values.find("node-name")->second;
    if (node.from != rank::fallback) return;
    const auto host = from_.env.find("HOSTNAME");
    const bool from_variable = host != from_.env.end() && !host->second.empty();
    node.text = from_variable ? host->second : from_.host_name;
    node.label = from_variable ? "variable HOSTNAME" : "the machine's name";
  }

  /// Naming a Redis asks for it, unless something that ranks as high says memory.
  void imply_backplane() {
    const auto& redis = raw("redis");
    auto& kind = said_.values.find("backplane")->second;
    if (redis.from == rank::fallback || kind.text == "redis") return;
    if (kind.from == rank::fallback || kind.from < redis.from) {
      kind = {"redis", redis.from, "implied by redis, " + redis.label};
      return;
    }
    if (kind.text == "memory")
      said_.warnings.push_back("redis from " + redis.label + " is not used: backplane is memory ("
                               + kind.label + ")");
  }

  void evaluate(const setting& row) {
    const auto& x = raw(row.name);
    const auto wrong = store(row, x.text, result_.values);
    if (!wrong.empty()) {
      failed_.insert(row.name);
      const auto value = row.secret == secrecy::open ? in_quotes(x.text) : std::string{"the value"};
      said_.errors.push_back(std::string{row.name} + ": " + value + " from " + x.label + ' '
                             + wrong);
      return;
    }
    result_.shown.push_back({std::string{row.name}, shown_value(row, x.text), x.label});
  }

  std::string shown_value(const setting& row, const std::string& text) const {
    switch (row.secret) {
      case secrecy::open: return text;
      case secrecy::url_password:
        return std::holds_alternative<redis_url_kind>(row.kind) ? to_masked_string(result_.values.redis) : masked_url(text);
      case secrecy::whole: break;
    }
    return "***";
  }

  /// Whether all of these are in order, so that comparing them makes sense.
  bool fine(std::initializer_list<std::string_view> names) const {
    return std::none_of(names.begin(), names.end(), [&](auto x) { return failed_.contains(x); });
  }

  void check_reach(std::string_view name, std::string_view switch_name, const endpoint& where,
                   bool allowed, std::string_view why) {
    if (!fine({name, switch_name}) || allowed || is_loopback(where.host)) return;
    said_.errors.push_back(named(name) + " can be reached from other machines " + std::string{why});
  }

  void check_test_hooks() {
    const auto& v = result_.values;
    if (!fine({"allow-test-hooks", "listen", "admin-listen"}) || !v.allow_test_hooks) return;
    if (!is_loopback(v.listen.host) || !is_loopback(v.admin_listen.host))
      said_.errors.push_back(named("allow-test-hooks") + " is for tests only: listen and admin-listen must then be loopback addresses");
  }

  void check_ports() {
    const auto& v = result_.values;
    if (fine({"listen", "admin-listen"}) && v.listen.port != 0 && v.listen == v.admin_listen)
      said_.errors.push_back(named("admin-listen")
                             + " is the address of listen too; give each a "
                               "port of its own");
  }

  void check_holds_a_body(std::string_view name, std::size_t value) {
    const auto least = result_.values.publish_max_bytes;
    if (fine({name, "publish-max-bytes"}) && value < least)
      said_.errors.push_back(named(name) + " is less than publish-max-bytes " + bytes_text(least)
                             + "; give at least that");
  }

  void check_sizes() {
    const auto& v = result_.values;
    check_holds_a_body("publish-batch-max-bytes", v.publish_batch_max_bytes);
    check_holds_a_body("ingress-max-bytes", v.ingress_max_bytes);
    if (fine({"outbox-budget", "outbox-max-bytes"}) && v.outbox_budget < v.outbox_max_bytes)
      said_.warnings.push_back(named("outbox-budget") + " is less than outbox-max-bytes " + bytes_text(v.outbox_max_bytes)
                               + ": no client can have so much waiting");
    if (fine({"outbox-max-bytes", "publish-max-bytes"}) && v.outbox_max_bytes < v.publish_max_bytes)
      said_.warnings.push_back(named("outbox-max-bytes") + " is less than publish-max-bytes "
                               + bytes_text(v.publish_max_bytes)
                               + ": a notification that does not fit can't be delivered");
  }

  /// What means something only with keys.
  void check_keys() {
    const auto& v = result_.values;
    if (!fine({"api-keys-file", "metrics-need-key"})) return;
    if (v.metrics_need_key && v.api_keys_file.empty())
      said_.errors.push_back(named("metrics-need-key") + " needs keys; give api-keys-file too");
  }

  void check_limits() {
    const auto& v = result_.values;
    if (fine({"proxy-protocol", "trusted-proxies"}) && v.proxy_protocol == proxy_protocol::on && v.trusted_proxies.empty())
      said_.errors.push_back(named("proxy-protocol") + " needs to know from whom; give trusted-proxies too");
    const auto needs_rate = [&](std::string_view burst, std::string_view rate, std::size_t value) {
      if (fine({burst, rate}) && raw(burst).from != rank::fallback && value == 0)
        said_.warnings.push_back(named(burst) + " has no effect: " + std::string{rate} + " is 0");
    };
    needs_rate("connect-burst", "connect-rate", v.connect_rate);
    needs_rate("connect-burst-per-address", "connect-rate-per-address", v.connect_rate_per_address);
    needs_rate("client-message-burst", "client-message-rate", v.client_message_rate);
    needs_rate("client-byte-burst", "client-byte-rate", v.client_byte_rate);
    needs_rate("publish-burst", "publish-rate", v.publish_rate);
  }

  void check_redis() {
    const auto& v = result_.values;
    if (fine({"redis", "redis-mode"}) && v.backplane == backplane_kind::redis
        && v.redis_mode == redis_mode::sharded && v.redis.kind != redis_url::scheme::cluster)
      said_.errors.push_back(named("redis-mode") + " needs a Cluster; give redis+cluster://h1,h2 as redis, or another mode");
    if (!fine({"redis", "redis-tls-cert", "redis-tls-key"})) return;
    if (v.redis_tls_cert.empty() != v.redis_tls_key.empty())
      said_.errors.push_back(named(v.redis_tls_cert.empty() ? "redis-tls-key" : "redis-tls-cert")
                             + " needs the other one of redis-tls-cert and redis-tls-key too");
    for (const std::string_view name :
         {"redis-tls-ca", "redis-tls-cert", "redis-tls-server-name", "redis-tls-verify-name"})
      if (raw(name).from != rank::fallback && !v.redis.tls)
        said_.warnings.push_back(named(name) + " has no effect: redis does not begin with rediss");
  }

  /// Never with the value itself: somebody may have taken the password for the user.
  void check_redis_password() {
    const auto& v = result_.values;
    if (!fine({"redis", "redis-password-file"})) return;
    if (!v.redis.user.empty() && v.redis.password.empty() && v.redis_password_file.empty())
      said_.errors.push_back("redis: the value from " + raw("redis").label + " has a user without a password; write user:password@, or :password@ "
                             "for the default user, or give redis-password-file");
    if (!v.redis.password.empty() && !v.redis_password_file.empty())
      said_.errors.push_back(named("redis-password-file") + " is a second password beside the one in redis; leave out one of them");
    if (v.backplane != backplane_kind::redis && !v.redis_password_file.empty())
      said_.warnings.push_back(named("redis-password-file") + " has no effect: backplane is memory");
  }

  void check_pair(std::string_view certificate, const std::string& one, std::string_view key, const std::string& other) {
    if (!fine({certificate, key}) || one.empty() == other.empty()) return;
    said_.errors.push_back(named(one.empty() ? key : certificate) + " needs the other one of " + std::string{certificate}
                           + " and " + std::string{key} + " too");
  }

  void check_tls() {
    const auto& v = result_.values;
    check_pair("tls-cert", v.tls_cert, "tls-key", v.tls_key);
    check_pair("admin-tls-cert", v.admin_tls_cert, "admin-tls-key", v.admin_tls_key);
    if (fine({"admin-tls-client-ca", "admin-tls-cert"}) && !v.admin_tls_client_ca.empty() && v.admin_tls_cert.empty())
      said_.errors.push_back(named("admin-tls-client-ca") + " needs admin-tls-cert and admin-tls-key: certificates are "
                             "shown over TLS only");
  }

  void check_files() {
    for (const auto& found : from_.check_files(result_.values))
      (found.is_warning ? said_.warnings : said_.errors).push_back(named(found.setting) + ' ' + found.what);
  }

  void check_auth() {
    const auto& v = result_.values;
    if (!fine({"auth", "auth-jwt-secret-file", "auth-jwt-key-file", "auth-jwks"})) return;
    const bool has_keys = !v.auth_jwt_secret_file.empty() || !v.auth_jwt_key_file.empty() || !v.auth_jwks.empty();
    if (v.auth == auth_kind::jwt && !has_keys)
      said_.errors.push_back(named("auth") + " needs keys: give auth-jwt-secret-file, auth-jwt-key-file or auth-jwks");
    if (v.auth == auth_kind::jwt && raw("client-publish").from != rank::fallback)
      said_.warnings.push_back(named("client-publish") + " has no effect: with auth jwt a client's token says what it may publish");
    if (v.auth == auth_kind::jwt && has_keys && v.auth_jwt_audience.empty())
      said_.warnings.push_back("auth-jwt-audience is any: tokens that the issuer made for other services are taken, too");
    if (v.auth == auth_kind::none)
      for (const std::string_view name : {"auth-jwt-secret-file", "auth-jwt-key-file", "auth-jwks", "auth-jwt-issuer", "auth-jwt-audience"})
        if (raw(name).from != rank::fallback) said_.warnings.push_back(named(name) + " has no effect: auth is none");
  }

  const process_inputs& from_;
  collected said_;
  loaded result_;
  std::set<std::string_view> failed_;
};

std::string lines(std::string_view what, const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& x : texts) result += "herald: " + std::string{what} + x + '\n';
  return result;
}

std::variant<loaded, early_exit> parse_or_throw(const process_inputs& from) {
  auto said = collect(from);
  const auto wish = said.wish;
  if (wish.help) return early_exit{code_ok, help_text(), {}};
  if (wish.version) return early_exit{code_ok, "herald " + std::string{version()} + '\n', {}};
  if (wish.print_settings_doc) return early_exit{code_ok, settings_doc(), {}};
  evaluation work{from, std::move(said)};
  work.run();
  auto errors = lines("", work.errors());
  auto result = work.take();
  if (!errors.empty())
    return early_exit{code_bad_setting, {}, lines("warning: ", result.warnings) + errors};
  const auto warnings = lines("warning: ", result.warnings);
  if (wish.print_config) return early_exit{code_ok, config_text(result.shown), warnings};
  if (wish.check_config) return early_exit{code_ok, "config ok\n", warnings};
  return result;
}

}  // namespace

std::variant<loaded, early_exit> parse(const process_inputs& from) noexcept {
  try {
    return parse_or_throw(from);
  } catch (...) {
    // Nothing in here throws but for want of memory.
    return early_exit{code_failed, {}, "out of memory\n"};
  }
}

std::size_t resolved_max_connections(const settings& from, std::size_t hard_open_files) noexcept {
  if (from.max_connections) return *from.max_connections;
  return std::max<std::size_t>(hard_open_files, descriptors_kept_back + 1) - descriptors_kept_back;
}

}  // namespace herald::app
