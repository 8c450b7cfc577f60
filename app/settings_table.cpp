#include "app/settings_table.hpp"

#include "app/client_limits.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

namespace herald::app {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::milliseconds;

constexpr std::uint64_t operator""_KiB(unsigned long long x) {
  return x << 10;
}
constexpr std::uint64_t operator""_MiB(unsigned long long x) {
  return x << 20;
}
constexpr std::uint64_t operator""_GiB(unsigned long long x) {
  return x << 30;
}

template <class Enum>
constexpr choice one(std::string_view name, Enum value, std::string_view refusal = {}) {
  return {name, static_cast<int>(value), refusal};
}

/// A member that is an enum.
template <auto Member>
choice_kind choose(std::span<const choice> choices) {
  const auto set = [](settings& to, int value) {
    using type = std::remove_reference_t<decltype(to.*Member)>;
    to.*Member = static_cast<type>(value);
  };
  return {set, choices};
}

constexpr std::array backplanes{one("memory", backplane_kind::memory),
                                one("redis", backplane_kind::redis)};
constexpr std::array redis_modes{
  one("channel", redis_mode::channel), one("pattern", redis_mode::pattern),
  one("sharded", redis_mode::sharded)};
constexpr std::array auths{
  one("none", auth_kind::none),
  one("jwt", auth_kind::jwt)};
constexpr std::array publishers{one("none", client_publish::none), one("all", client_publish::all)};
constexpr std::array tls_versions{one("1.2", tls_min_version::v1_2), one("1.3", tls_min_version::v1_3)};
constexpr std::array proxy_protocols{one("off", proxy_protocol::off), one("on", proxy_protocol::on)};
constexpr std::array formats{one("text", log::format::text), one("json", log::format::json)};
constexpr std::array levels{one("debug", log::level::debug), one("info", log::level::info),
                            one("warn", log::level::warn), one("error", log::level::error)};

/// What may be in a file's name besides letters and digits.
constexpr std::string_view path_also = "/._-+@:=,~";
/// … and in a URL, or in the name of an issuer.
constexpr std::string_view url_also = "/._-+@:=,~%?&";

constexpr std::string_view listening = "Listening";
constexpr std::string_view tls = "TLS";
constexpr std::string_view node = "The node";
constexpr std::string_view backplane = "Backplane and log";
constexpr std::string_view clients = "Clients";
constexpr std::string_view limiting = "Limits on clients";
constexpr std::string_view tokens = "Who may connect";
constexpr std::string_view publishing = "Publishing";
constexpr std::string_view stopping = "Health and stopping";
constexpr std::string_view spreading = "Spreading clients over nodes";
constexpr std::string_view logging = "Logging";
constexpr std::string_view tracing = "Tracing";

using s = settings;

const std::array table{
  // -- listening
  setting{"listen", listening, address_kind{&s::listen}, "127.0.0.1:8084",
          "where clients connect; port 0 takes any free one. Wider than loopback needs "
          "authentication, or insecure-listen-without-auth"},
  setting{"admin-listen", listening, address_kind{&s::admin_listen}, "127.0.0.1:9084",
          "where services publish and operators look: publish, admin, metrics, probes. Wider than "
          "loopback needs api-keys-file, or insecure-admin-listen-without-auth"},
  setting{"insecure-listen-without-auth", listening, switch_kind{&s::insecure_listen_without_auth},
          "false",
          "allow listen wider than loopback with auth none: whoever reaches the port may connect "
          "as any user. For a node behind something that authenticates"},
  setting{"insecure-admin-listen-without-auth", listening,
          switch_kind{&s::insecure_admin_listen_without_auth}, "false",
          "allow admin-listen wider than loopback without keys: whoever reaches the port may publish "
          "to anybody and end sessions. For a network that only the fleet reaches"},
  setting{"api-keys-file", listening, optional_text_kind{&s::api_keys_file, "none", "FILE", 4096, path_also}, "none",
          "who may use admin-listen: a file of lines NAME RIGHTS KEY, RIGHTS being publish, admin or "
          "publish,admin, KEY of at least 32 characters; callers send Authorization: Bearer KEY or "
          "X-API-Key: KEY. It is read again when it changes; a bad one then changes nothing. Probes "
          "and the page at / need no key"},
  setting{"metrics-need-key", listening, switch_kind{&s::metrics_need_key}, "false",
          "whether /metrics needs a key of api-keys-file too, of any rights"},
  setting{"allow-test-hooks", listening, switch_kind{&s::allow_test_hooks}, "false",
          "NEVER IN PRODUCTION: lets whoever reaches admin-listen block shards and slow down handlers (/admin/test/…), to see what "
          "an operator would. Refused unless both ports listen on loopback"},

  // -- TLS
  setting{"tls-cert", tls, optional_text_kind{&s::tls_cert, "none", "FILE", 4096, path_also}, "none",
          "the certificate of listen and its chain, PEM: clients connect with wss://, and with nothing else. Files are looked at "
          "every second and read again when they have changed; connections go on"},
  setting{"tls-key", tls, optional_text_kind{&s::tls_key, "none", "FILE", 4096, path_also}, "none",
          "the key of tls-cert, PEM, not encrypted"},
  setting{"admin-tls-cert", tls, optional_text_kind{&s::admin_tls_cert, "none", "FILE", 4096, path_also}, "none",
          "the same for admin-listen: https:// for publishers, operators and probes"},
  setting{"admin-tls-key", tls, optional_text_kind{&s::admin_tls_key, "none", "FILE", 4096, path_also}, "none",
          "the key of admin-tls-cert, PEM, not encrypted"},
  setting{"admin-tls-client-ca", tls, optional_text_kind{&s::admin_tls_client_ca, "none", "FILE", 4096, path_also}, "none",
          "mutual TLS on admin-listen: a PEM file of certificates; who shows none that one of them has signed gets 403, but for "
          "/livez and /readyz, since a kubelet has none to show"},
  setting{"tls-min-version", tls, choose<&s::tls_min_version>(tls_versions), "1.2",
          "the oldest TLS that both ports speak"},

  // -- the node
  setting{"node-name", node, text_kind{&s::node_name, 128, "_-.:"}, "",
          "this node's name in logs, metrics and towards clients; unique in the fleet. Default: "
          "the variable HOSTNAME, else the machine's name"},
  setting{"shards", node, auto_count_kind{&s::shards, 1, 64}, "auto",
          "threads that carry connections. auto: as many as the process has CPUs by its affinity "
          "and its cgroup's quota, rounded up"},
  setting{"max-connections", node, auto_count_kind{&s::max_connections, 1, 10'000'000}, "auto",
          "sessions at once; further ones get 503. Handshakes are bounded by "
          "max-unfinished-handshakes. auto: the hard limit of open files less 256"},

  // -- backplane and log
  setting{"backplane", backplane, choose<&s::backplane>(backplanes), "memory",
          "what joins the nodes: memory is this process alone and forgets at exit. Setting redis "
          "implies redis"},
  setting{"redis", backplane, redis_url_kind{&s::redis}, "redis://127.0.0.1:6379",
          "where Redis is: redis://[user:password@]host[:port][/db], "
          "redis+sentinel://[user:password@]h1[:port],h2[:port]/master-name[/db] or "
          "redis+cluster://[user:password@]h1[:port],h2[:port]; with rediss for redis, the same "
          "over TLS. Percent-encode user and password; Sentinels are offered the same",
          {}, secrecy::url_password},
  setting{"redis-password-file", backplane, optional_text_kind{&s::redis_password_file, "none", "FILE", 4096, path_also}, "none",
          "the password for Redis, in a file, as it is but for a line end; redis then has none itself, only user@ "
          "where it isn't the default user. Read once, at the start"},
  setting{"redis-mode", backplane, choose<&s::redis_mode>(redis_modes), "channel",
          "how the node subscribes: channel to what has a local user, pattern to everything, "
          "sharded to what has a local user by sharded pub/sub, for redis+cluster:// only: a message "
          "then goes to one master instead of all, channels have braces of their own "
          "(notification:{42}), and publishers that only know PUBLISH must say SPUBLISH to those. The "
          "same on every node"},
  setting{"redis-connect-timeout", backplane, duration_kind{&s::redis_connect_timeout, 100ms, 60s},
          "2s", "how long connecting to Redis may take before the next try"},
  setting{"redis-tls-ca", backplane, optional_text_kind{&s::redis_tls_ca, "system", "FILE", 4096, path_also}, "system",
          "whom to trust with rediss://: a PEM file of certificates, or the system's. Files are read "
          "once, at the start"},
  setting{"redis-tls-cert", backplane, optional_text_kind{&s::redis_tls_cert, "none", "FILE", 4096, path_also}, "none",
          "this node's certificate and its chain, PEM, for a Redis that asks its clients for one"},
  setting{"redis-tls-key", backplane, optional_text_kind{&s::redis_tls_key, "none", "FILE", 4096, path_also}, "none",
          "the key of redis-tls-cert, PEM, not encrypted"},
  setting{"redis-tls-server-name", backplane, optional_text_kind{&s::redis_tls_server_name, "auto", "NAME", 253, "-._:"},
          "auto",
          "the name that Redis's certificate must be for, and that it is asked for by (SNI). auto: "
          "the host as it is in the URL, or as a Sentinel or the Cluster names it"},
  setting{"redis-tls-verify-name", backplane, switch_kind{&s::redis_tls_verify_name}, "true",
          "whether the certificate must be for that name; false believes any certificate that "
          "redis-tls-ca has signed"},
  setting{"redis-wait-replicas", backplane, count_kind{&s::redis_wait_replicas, 0, 100}, "0",
          "so many replicas must have a publish before it is accepted, so that it survives a "
          "failover; with fewer within a second it gets 503, and may be tried again with its id"},
  setting{"channel-prefix", backplane, text_kind{&s::channel_prefix, 64, "_-.:/"},
          "notification:", "what Redis channels begin with; the same on every node and publisher"},
  setting{"log-max-entries", backplane, count_kind{&s::log_max_entries, 1, 1'000'000}, "1000",
          "messages kept a channel for clients that come back; the oldest go first"},
  setting{"log-max-age", backplane, duration_kind{&s::log_max_age, 1s, days{365}}, "7d",
          "for how long a channel's messages are kept for clients that come back"},
  setting{"idempotency-window", backplane, duration_kind{&s::idempotency_window, 1s, days{7}},
          "10m",
          "for so long, a publish with an id seen before is answered with its first receipt and "
          "not sent again"},
  setting{"ingress-max-bytes", backplane, bytes_kind{&s::ingress_max_bytes, 1_MiB, 4_GiB}, "32MiB",
          "how much may wait in this node before it stops reading from the backplane"},

  // -- clients
  setting{"auth", clients, choose<&s::auth>(auths), "none",
          "how clients say who they are. none: the client names itself. jwt: a signed token does, and says what "
          "it may; needs auth-jwt-secret-file, auth-jwt-key-file or auth-jwks"},
  setting{"handshake-timeout", clients, duration_kind{&s::handshake_timeout, 100ms, 5min}, "10s",
          "a connection whose request is not complete by then gets 408 and is closed"},
  setting{"handshake-max-bytes", clients, bytes_kind{&s::handshake_max_bytes, 1_KiB, 64_KiB},
          "8KiB", "the largest request header; larger ones get 431"},
  setting{"message-max-bytes", clients, bytes_kind{&s::message_max_bytes, 256, 16_MiB}, "64KiB",
          "the largest message from a client; a larger one closes the session with 1009"},
  setting{"max-groups-per-session", clients, count_kind{&s::max_groups_per_session, 0, 10'000},
          "100", "groups that one session may be in; a further one gets too_many_groups"},
  setting{"outbox-max-bytes", clients, bytes_kind{&s::outbox_max_bytes, 4_KiB, 1_GiB}, "1MiB",
          "how much may wait for a slow client; past it, the client reads from the log at its "
          "own pace, and what is live only is dropped"},
  setting{"outbox-max-messages", clients, count_kind{&s::outbox_max_messages, 1, 1'000'000},
          "10000", "how many messages may wait for a slow client; past it, as with bytes"},
  setting{"outbox-budget", clients, bytes_kind{&s::outbox_budget, 1_MiB, 64_GiB}, "256MiB",
          "how much may wait for all slow clients together, shared evenly by the shards; as it fills, "
          "each may hold less, and those that read nothing are closed with 1013 should it still run over"},
  setting{"slow-client-timeout", clients, duration_kind{&s::slow_client_timeout, 1s, 1h}, "30s",
          "a client that is behind and takes nothing at all for so long is closed with 1013"},
  setting{"compression", clients, switch_kind{&s::compression}, "false",
          "permessage-deflate (RFC 7692) for clients that offer it, without context takeover: a message is compressed once for all "
          "of them. Fewer bytes, for CPU and about 9 KiB more a client that offers it, 41 KiB more once it has sent something"},
  setting{"ping-interval", clients, duration_kind{&s::ping_interval, 100ms, 10min}, "25s",
          "how often a silent connection is pinged; keep it under a proxy's idle timeout"},
  setting{"user-linger", clients, duration_kind{&s::user_linger, 0ms, 1h}, "10s",
          "how long a user's place is kept after the last session left, so that coming back is "
          "cheap"},

  // -- limits on clients
  setting{"trusted-proxies", limiting, checked_text_kind{&s::trusted_proxies, "none", "LIST|none", &explain_bad_networks}, "none",
          "load balancers in front of listen, as networks separated by commas, such as "
          "10.0.0.0/8,2001:db8::1: what these say of their clients' addresses (X-Forwarded-For, "
          "proxy-protocol) is believed, and what others say is not"},
  setting{"proxy-protocol", limiting, choose<&s::proxy_protocol>(proxy_protocols), "off",
          "whether every connection to listen begins with a PROXY header (version 1 or 2), as haproxy's "
          "send-proxy writes it; one without it, or not from trusted-proxies, is closed"},
  setting{"allowed-origins", limiting, checked_text_kind{&s::allowed_origins, "", "LIST|*|auto", &explain_bad_origins}, "auto",
          "the web pages that may connect: origins separated by commas, such as "
          "https://app.example.com,https://*.example.com, or * for all; others get 403. Who is no "
          "browser sends no Origin and may connect. auto: with auth none, pages of the host that is "
          "connected to, and of this machine; else all, because a page needs a token"},
  setting{"handshake-max-headers", limiting, count_kind{&s::handshake_max_headers, 8, 1'000}, "64",
          "how many headers a request may have; more get 431"},
  setting{"max-unfinished-handshakes", limiting, count_kind{&s::max_unfinished_handshakes, 1, 1'000'000}, "1024",
          "how many connections may be open that are not sessions yet; for a new one beyond that the "
          "oldest is closed. They take no place of max-connections"},
  setting{"connect-rate", limiting, count_kind{&s::connect_rate, 0, 1'000'000'000}, "0",
          "how many connections a second the node takes on average; further ones get 503 with "
          "Retry-After before anything is read. 0: no limit"},
  setting{"connect-burst", limiting, count_kind{&s::connect_burst, 0, 1'000'000'000}, "0",
          "how many may come at once under connect-rate; 0: one second's worth"},
  setting{"connect-rate-fresh", limiting, count_kind{&s::connect_rate_fresh, 0, 1'000'000'000}, "0",
          "the same while the node is fresh: with cold caches, and the least connections of all, it gets everybody who comes. 0: no limit"},
  setting{"connect-fresh-time", limiting, duration_kind{&s::connect_fresh_time, 0ms, 1h}, "30s",
          "how long after its start a node is fresh"},
  setting{"connect-rate-per-address", limiting, count_kind{&s::connect_rate_per_address, 0, 1'000'000'000}, "0",
          "the same for each address (of IPv6, each /64); further ones get 429. 0: no limit"},
  setting{"connect-burst-per-address", limiting, count_kind{&s::connect_burst_per_address, 0, 1'000'000'000}, "0",
          "how many may come at once under connect-rate-per-address; 0: one second's worth"},
  setting{"max-connections-per-address", limiting, count_kind{&s::max_connections_per_address, 0, 10'000'000}, "0",
          "connections that one address (of IPv6, one /64) may have at once; further ones get 429. "
          "Whole offices share an address. 0: no limit"},
  setting{"max-connections-per-user", limiting, count_kind{&s::max_connections_per_user, 0, 10'000'000}, "100",
          "sessions that one user may have at once on this node; further ones get 429, and the older "
          "ones stay. 0: no limit"},
  setting{"client-message-rate", limiting, count_kind{&s::client_message_rate, 0, 1'000'000'000}, "100",
          "how many messages a second a session may send on average, pings and pongs included. Past it "
          "the node reads no faster from it; see client-rate-patience. 0: no limit"},
  setting{"client-message-burst", limiting, count_kind{&s::client_message_burst, 0, 1'000'000'000}, "500",
          "how many may come at once under client-message-rate; 0: one second's worth"},
  setting{"client-byte-rate", limiting, bytes_kind{&s::client_byte_rate, 0, 1_GiB}, "256KiB",
          "how many bytes a second a session may send on average, as with client-message-rate. 0: no "
          "limit"},
  setting{"client-byte-burst", limiting, bytes_kind{&s::client_byte_burst, 0, 1_GiB}, "1MiB",
          "how much may come at once under client-byte-rate; 0: one second's worth. Never less than "
          "message-max-bytes"},
  setting{"client-rate-patience", limiting, duration_kind{&s::client_rate_patience, 100ms, 10min}, "10s",
          "how long a client may go on sending more than its rate before it hears rate_limited; after "
          "as long again once more, and then it is closed with 1008"},
  setting{"socket-send-buffer", limiting, bytes_kind{&s::socket_send_buffer, 0, 64_MiB}, "256KiB",
          "how much the kernel may hold for one client that does not read (SO_SNDBUF; Linux doubles it "
          "for its own use), beside outbox-max-bytes. It bounds what a client gets in one round trip. "
          "0: the system's choice, up to tcp_wmem's 4 MiB"},
  // -- who may connect
  setting{"auth-jwt-secret-file", tokens, optional_text_kind{&s::auth_jwt_secret_file, "none", "FILE", 4096, path_also}, "none",
          "the secret that tokens are signed with (HS256), as it is, but for a line end: at least 32 bytes. Read again "
          "when it changes"},
  setting{"auth-jwt-key-file", tokens, optional_text_kind{&s::auth_jwt_key_file, "none", "FILE,…", 4096, path_also}, "none",
          "the public keys, or certificates, that tokens are verified with, PEM: RSA of 2048 bits or more (RS256), or "
          "P-256 (ES256). Several are separated by commas; of a folder, all that end with .pem. Read again when they change"},
  setting{"auth-jwks", tokens, optional_text_kind{&s::auth_jwks, "none", "FILE|URL", 4096, url_also}, "none",
          "a JSON Web Key Set: a file, read again when it changes, or an https address (http on loopback only), asked "
          "again as the next settings say. Until it has answered first, clients get 503 and the node is not ready",
          {}, secrecy::url_password},
  setting{"auth-jwks-refresh", tokens, duration_kind{&s::auth_jwks_refresh, 1s, 24h}, "5m",
          "how often the address is asked for its keys again"},
  setting{"auth-jwks-cooldown", tokens, duration_kind{&s::auth_jwks_cooldown, 100ms, 1h}, "10s",
          "a token that names a key that is not known has the address asked at once, at most that often"},
  setting{"auth-jwks-ca", tokens, optional_text_kind{&s::auth_jwks_ca, "system", "FILE", 4096, path_also}, "system",
          "whom to trust at an https address: a PEM file of certificates, or the system's"},
  setting{"auth-jwt-issuer", tokens, optional_text_kind{&s::auth_jwt_issuer, "any", "TEXT", 1024, url_also}, "any",
          "what a token's iss must be"},
  setting{"auth-jwt-audience", tokens, optional_text_kind{&s::auth_jwt_audience, "any", "TEXT,…", 1024, url_also}, "any",
          "what a token's aud must be, or have among others; several are separated by commas. Give it wherever the issuer's "
          "tokens are for other services, too: those would be taken here"},
  setting{"auth-clock-skew", tokens, duration_kind{&s::auth_clock_skew, 0ms, 5min}, "10s",
          "how far the issuer's clock may be off: a token is good for so long after its exp and before its nbf"},
  setting{"auth-expiry-warning", tokens, duration_kind{&s::auth_expiry_warning, 100ms, 1h}, "30s",
          "how long before its session ends a client is told to send a fresh token; half of the time left, if that is less"},
  setting{"auth-revocation-ttl", tokens, duration_kind{&s::auth_revocation_ttl, 1min, days{365}}, "24h",
          "for how long a revocation is kept that does not say so itself: at least as long as tokens live"},

  // -- publishing
  setting{"publish-max-bytes", publishing, bytes_kind{&s::publish_max_bytes, 256, 16_MiB}, "256KiB",
          "the largest body of one notification; a larger one gets 413"},
  setting{"publish-batch-max-bytes", publishing,
          bytes_kind{&s::publish_batch_max_bytes, 256, 256_MiB}, "8MiB",
          "the largest request that publishes a batch; a larger one gets 413"},
  setting{"publish-rate", publishing, count_kind{&s::publish_rate, 0, 1'000'000'000}, "0",
          "how many messages a second may be published over HTTP, on average, with each key of "
          "api-keys-file (without keys: by all together); more get 429 with Retry-After. 0: no limit"},
  setting{"publish-burst", publishing, count_kind{&s::publish_burst, 0, 1'000'000'000}, "0",
          "how many may come at once under publish-rate, and how many a batch may then hold; 0: one "
          "second's worth"},
  setting{"client-publish", publishing, choose<&s::client_publish>(publishers), "none",
          "whether clients may publish: all lets any of them send to anybody. With auth jwt the token says it"},

  // -- health and stopping
  setting{"readiness-grace", stopping, duration_kind{&s::readiness_grace, 0ms, 1h}, "15s",
          "how long Redis may be silent before the node says it is not ready; shorter than a "
          "failover takes every node out at once"},
  setting{"drain-delay", stopping, duration_kind{&s::drain_delay, 0ms, 10min}, "5s",
          "how long a node that drains still takes clients, until every balancer has noticed that it is not ready"},
  setting{"drain-window", stopping, duration_kind{&s::drain_window, 0ms, 1h}, "40s",
          "over how long sessions are closed when the node drains, evenly and in random order; sooner with "
          "fewer than 50 for each second of it"},

  // -- spreading
  setting{"rebalance", spreading, switch_kind{&s::rebalance}, "false",
          "a node with well more connections than the mean of the fleet sends some elsewhere, chosen at random (`bye rebalance`); "
          "not while a node drains, is silent, not ready or heals. Balancers that send newcomers where there are least are enough "
          "for most"},
  setting{"rebalance-tolerance", spreading, count_kind{&s::rebalance_tolerance, 1, 100}, "5",
          "how many percent above the mean are well more"},
  setting{"rebalance-rate", spreading, count_kind{&s::rebalance_rate, 1, 1'000'000}, "10",
          "how many a second it sends away at most"},
  setting{"rebalance-min-age", spreading, duration_kind{&s::rebalance_min_age, 0ms, days{30}}, "1h",
          "a connection that is younger is not sent away: so no client is moved more often than that"},

  // -- logging
  setting{"log-format", logging, choose<&s::log_format>(formats), "text",
          "the form of the log on stderr: text, or json, one object a line"},
  setting{"log-level", logging, choose<&s::log_level>(levels), "info",
          "the least level that is logged"},

  // -- tracing
  setting{"trace-sample", tracing, fraction_kind{&s::trace_sample}, "0",
          "of the notifications that are published through this node, so many are traced without asking for it "
          "(docs/operations.md); which, their ids decide. 0: only those that ask, with \"trace\":true"},
  setting{"trace-ring", tracing, bytes_kind{&s::trace_ring, 0, 1_GiB}, "1MiB",
          "how much each shard keeps of the notifications that were traced; the oldest make room for new ones. "
          "0: nothing is kept"},
};

}  // namespace

std::span<const setting> settings_table() {
  return table;
}

const setting* find_setting(std::string_view name) {
  const auto i = std::find_if(table.begin(), table.end(), [&](auto& x) { return x.name == name; });
  return i == table.end() ? nullptr : &*i;
}

std::string variable_name(std::string_view setting_name) {
  std::string result{"HERALD_"};
  for (const char c : setting_name)
    result += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return result;
}

}  // namespace herald::app
