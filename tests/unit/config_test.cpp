#include "app/config.hpp"
#include "app/settings_sources.hpp"
#include "app/settings_table.hpp"
#include "app/settings_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace herald;
using namespace herald::app;
using namespace std::chrono_literals;

namespace {

/// A process as a test wants it: arguments, variables and the text of `herald.conf`.
struct fake_process {
  std::vector<std::string> args;
  std::map<std::string, std::string, std::less<>> env;
  std::optional<std::string> file;

  std::variant<loaded, early_exit> parse() const {
    process_inputs from;
    from.args = args;
    from.env = env;
    from.host_name = "machine-1";
    from.read_file = [this](const std::string& path) {
      return path == "herald.conf" ? file : std::nullopt;
    };
    return app::parse(from);
  }
};

loaded load(const fake_process& from) {
  auto result = from.parse();
  if (const auto* exit = std::get_if<early_exit>(&result)) {
    FAIL_CHECK("refused: ", exit->err);
    return {};
  }
  return std::get<loaded>(std::move(result));
}

settings values(std::vector<std::string> args) {
  return load({std::move(args), {}, {}}).values;
}

early_exit ended(const fake_process& from) {
  auto result = from.parse();
  REQUIRE(std::holds_alternative<early_exit>(result));
  return std::get<early_exit>(std::move(result));
}

std::vector<std::string> errors(const fake_process& from) {
  const auto exit = ended(from);
  CHECK(exit.code == 2);
  CHECK(exit.out.empty());
  std::vector<std::string> lines;
  std::istringstream in{exit.err};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> errors(std::vector<std::string> args) {
  return errors(fake_process{std::move(args), {}, {}});
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const shown_setting& shown(const loaded& from, std::string_view name) {
  const auto i =
    std::find_if(from.shown.begin(), from.shown.end(), [&](auto& x) { return x.name == name; });
  REQUIRE(i != from.shown.end());
  return *i;
}

}  // namespace

TEST_SUITE_BEGIN("config");

TEST_CASE("without anything said, the node serves this machine only and needs nothing else") {
  const auto s = values({});
  CHECK(to_string(s.listen) == "127.0.0.1:8084");
  CHECK(to_string(s.admin_listen) == "127.0.0.1:9084");
  CHECK(s.backplane == backplane_kind::memory);
  CHECK(s.auth == auth_kind::none);
  CHECK(s.client_publish == client_publish::none);
  CHECK(s.node_name == "machine-1");
  CHECK_FALSE(s.shards.has_value());
  CHECK_FALSE(s.max_connections.has_value());
  CHECK(s.channel_prefix == "notification:");
  CHECK(s.log_max_entries == 1000);
  CHECK(s.log_max_age == 168h);
  CHECK(s.idempotency_window == 10min);
  CHECK(s.outbox_max_bytes == 1024 * 1024);
  CHECK(s.message_max_bytes == 64 * 1024);
  CHECK(s.ping_interval == 25s);
  CHECK(s.drain_window == 40s);
  CHECK(s.readiness_grace == 15s);
  CHECK(s.log_level == log::level::info);
  CHECK(s.log_format == log::format::text);
}

// -- where a value comes from -------------------------------------------------

TEST_CASE("a flag wins over a variable, a variable over the file, the file over the default") {
  fake_process p{{"--config", "herald.conf"}, {}, "log-level = warn\n"};
  CHECK(load(p).values.log_level == log::level::warn);
  CHECK(shown(load(p), "log-level").source == "herald.conf:1");
  p.env["HERALD_LOG_LEVEL"] = "error";
  CHECK(load(p).values.log_level == log::level::error);
  CHECK(shown(load(p), "log-level").source == "variable HERALD_LOG_LEVEL");
  p.args.emplace_back("--log-level=debug");
  CHECK(load(p).values.log_level == log::level::debug);
  CHECK(shown(load(p), "log-level").source == "flag --log-level");
}

TEST_CASE("a flag takes its value after a blank or an equals sign; the last one counts") {
  CHECK(values({"--shards", "2"}).shards == 2);
  CHECK(values({"--shards=3"}).shards == 3);
  CHECK(values({"--shards=3", "--shards", "4"}).shards == 4);
}

TEST_CASE("a switch may stand without a value") {
  const auto s = values({"--insecure-listen-without-auth", "--listen", "0.0.0.0:80"});
  CHECK(s.insecure_listen_without_auth);
  CHECK_FALSE(values({"--insecure-listen-without-auth", "false"}).insecure_listen_without_auth);
}

TEST_CASE("an empty variable counts as not set") {
  CHECK(load({{}, {{"HERALD_SHARDS", ""}}, {}}).values.shards.has_value() == false);
}

TEST_CASE("the file: comments, blanks, quotes, Windows line ends, a byte order mark") {
  const auto p = fake_process{{},
                              {{"HERALD_CONFIG", "herald.conf"}},
                              "\xef\xbb\xbf# my node\r\n\r\n  shards=2   # two\r\n"
                              "node-name = \"n-1\"\r\nping-interval = 5s"};
  const auto s = load(p).values;
  CHECK(s.shards == 2);
  CHECK(s.node_name == "n-1");
  CHECK(s.ping_interval == 5s);
}

TEST_CASE("the node is named by its setting, else by HOSTNAME, else by the machine") {
  fake_process p{{}, {{"HOSTNAME", "pod-7"}}, {}};
  CHECK(load(p).values.node_name == "pod-7");
  p.env["HERALD_NODE_NAME"] = "n";
  CHECK(load(p).values.node_name == "n");
}

// -- what is wrong is said ----------------------------------------------------

TEST_CASE("all errors are reported together, a line each, and the code is 2") {
  const fake_process p{{"--shards", "65", "--config", "herald.conf", "--lisen", "x"},
                       {{"HERALD_PING_INTERVAL", "10"}},
                       "outbox-max-bytes = 64KB\nlog-levle = info\nnonsense\n"};
  const auto lines = errors(p);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == "herald: unknown flag --lisen; did you mean --listen?");
  CHECK(lines[1] == "herald: herald.conf:2: unknown setting 'log-levle'; did you mean log-level?");
  CHECK(lines[2] == "herald: herald.conf:3: not of the form name = value; a comment begins with #");
  CHECK(lines[3]
        == "herald: shards: '65' from flag --shards is out of range; give 1 to 64, or auto");
  CHECK(has(lines[4], "outbox-max-bytes: '64KB' from herald.conf:1 is not a size"));
  CHECK(has(lines[5], "ping-interval: '10' from variable HERALD_PING_INTERVAL is not a duration"));
}

TEST_CASE("each kind of value says its limits") {
  CHECK(has(errors({"--shards", "0"})[0], "1 to 64, or auto"));
  CHECK(has(errors({"--shards", "-1"})[0], "not a whole number"));
  CHECK(has(errors({"--log-max-entries", "1e3"})[0], "not a whole number; give 1 to 1000000"));
  CHECK(has(errors({"--log-max-entries", "99999999999999999999"})[0], "not a whole number"));
  CHECK(has(errors({"--user-linger", "2h"})[0], "give 0s to 1h"));
  CHECK(has(errors({"--outbox-max-bytes", "2GiB"})[0], "give 4KiB to 1GiB"));
  CHECK(has(errors({"--log-level", "loud"})[0], "is not one of debug, info, warn, error"));
  CHECK(has(errors({"--node-name", "a b"})[0], "1 to 128 of A-Z a-z 0-9"));
  CHECK(has(errors({"--channel-prefix", "x{y}:"})[0], "characters that are not allowed"));
  CHECK(has(errors({"--insecure-listen-without-auth=yes"})[0], "neither true nor false"));
  CHECK(has(errors({"--listen", "example.org:80"})[0], "give an IP address and a port"));
}

TEST_CASE("a flag without its value, and a value without its flag") {
  CHECK(errors({"--listen"})[0] == "herald: --listen needs a value; see herald --help");
  CHECK(errors({"--listen", "--shards", "2"}).size() == 1);
  CHECK(has(errors({"--shards", "2", "3"})[0], "argument 3 is not a flag"));
}

TEST_CASE("a setting twice in the file, a file that isn't there") {
  const fake_process twice{{"--config=herald.conf"}, {}, "shards = 1\n\nshards = 2\n"};
  CHECK(errors(twice)[0]
        == "herald: herald.conf:3: shards was already set at herald.conf:1; keep one of them");
  CHECK(has(errors({"--config", "none.conf"})[0], "'none.conf' from flag --config can't be read"));
}

TEST_CASE("a value with control characters can't forge a line of the error output") {
  const auto lines = errors({"--log-level", "x\nherald: all is well\x1b[2J"});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find('\x1b') == std::string::npos);
}

TEST_CASE("an unknown HERALD_ variable is a warning, unless Kubernetes set it") {
  const fake_process p{{},
                       {{"HERALD_LISTN", "x"},
                        {"HERALD_PORT", "tcp://10.0.0.1:8084"},
                        {"HERALD_SERVICE_HOST", "10.0.0.1"},
                        {"HERALD_SERVICE_PORT_WS", "8084"},
                        {"HERALD_PORT_8084_TCP", "tcp://10.0.0.1:8084"},
                        {"HERALD_PORT_8084_TCP_PORT", "8084"},
                        {"HERALD_ADMIN_PORT_9084_TCP_ADDR", "10.0.0.1"},
                        {"HERALD_ADMIN_PORT_9084_TCP_PROTO", "tcp"}},
                       {}};
  const auto result = load(p);
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0]
        == "unknown variable HERALD_LISTN is ignored; did you mean HERALD_LISTEN?");
  CHECK(load({{}, {{"HERALD_PORT", "8084"}}, {}}).warnings.size() == 1);
}

// -- what is refused ----------------------------------------------------------

TEST_CASE("listening wider than loopback without authentication is refused") {
  for (const char* where : {"0.0.0.0:8084", "[::]:8084", "10.1.2.3:8084", "[::ffff:10.1.2.3]:1"}) {
    CAPTURE(where);
    CHECK(has(errors({"--listen", where})[0], "--insecure-listen-without-auth true"));
    CHECK(has(errors({"--admin-listen", where})[0], "--insecure-admin-listen-without-auth true"));
    CHECK(errors({"--listen", where, "--insecure-admin-listen-without-auth", "true"}).size() == 1);
    CHECK_FALSE(
      values({"--listen", where, "--insecure-listen-without-auth", "true"}).listen.host.empty());
  }
  for (const char* where :
       {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "[::ffff:127.0.0.1]:1"}) {
    CAPTURE(where);
    CHECK(values({"--listen", where, "--admin-listen", where, "--listen", "127.0.0.1:0"})
            .admin_listen.port
          == 1);
  }
}

TEST_CASE("with keys, the internal port may be wider than loopback; without, what needs them is refused") {
  const auto v = values({"--admin-listen", "0.0.0.0:9084", "--api-keys-file", "/etc/herald/keys", "--metrics-need-key"});
  CHECK(v.api_keys_file == "/etc/herald/keys");
  CHECK(v.metrics_need_key);
  CHECK(has(errors({"--admin-listen", "0.0.0.0:9084"})[0], "give api-keys-file"));
  CHECK(has(errors({"--metrics-need-key", "true"})[0], "needs keys"));
  CHECK(load({{"--publish-burst", "10"}, {}, {}}).warnings.size() == 1);
}

TEST_CASE("whom to believe about addresses is a list of networks, and a bad one is named") {
  CHECK(values({}).trusted_proxies.empty());
  CHECK(values({"--trusted-proxies", "10.0.0.0/8,2001:db8::1"}).trusted_proxies == "10.0.0.0/8,2001:db8::1");
  CHECK(has(errors({"--trusted-proxies", "10.0.0.0/8,balancer"})[0], "'balancer'"));
  CHECK(has(errors({"--trusted-proxies", "10.0.0.1/8"})[0], "without bits behind the prefix"));
  CHECK(has(errors({"--trusted-proxies", ""})[0], "no network"));
  CHECK(has(errors({"--proxy-protocol", "on"})[0], "give trusted-proxies"));
  CHECK(values({"--proxy-protocol", "on", "--trusted-proxies", "::1"}).proxy_protocol == proxy_protocol::on);
}

TEST_CASE("allowed origins are auto, all, or a list of origins") {
  CHECK(values({}).allowed_origins == "auto");
  CHECK(values({"--allowed-origins", "https://a.example.com,https://*.b.example.com"}).allowed_origins.starts_with("https://a."));
  for (const char* bad : {"example.com", "https://a.example.com/", "https://a.example.com,", "*,https://a.example.com"})
    CHECK_MESSAGE(has(errors({"--allowed-origins", bad})[0], "no origin"), bad);
}

TEST_CASE("a burst without its rate has no effect, and says so") {
  for (const char* burst : {"--connect-burst", "--connect-burst-per-address", "--publish-burst"})
    CHECK_MESSAGE(load({{burst, "10"}, {}, {}}).warnings.size() == 1, burst);
  CHECK(load({{"--client-message-burst", "10"}, {}, {}}).warnings.empty());
  CHECK(load({{"--client-message-burst", "10", "--client-message-rate", "0"}, {}, {}}).warnings.size() == 1);
}

TEST_CASE("listen errors are said along with the others") {
  CHECK(errors({"--listen", "0.0.0.0:1", "--shards", "99"}).size() == 2);
}

TEST_CASE("the two ports must differ, but port 0 may stand twice") {
  CHECK(has(errors({"--listen", "127.0.0.1:9084"})[0], "give each a port of its own"));
  CHECK(values({"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}).listen.port == 0);
}

TEST_CASE("tokens need keys to be verified with") {
  CHECK(has(errors({"--auth", "jwt"})[0], "'jwt' from flag --auth needs keys"));
  CHECK(values({"--auth", "jwt", "--auth-jwt-secret-file", "/run/secret"}).auth_jwt_secret_file == "/run/secret");
  CHECK(values({"--auth", "jwt", "--auth-jwt-key-file", "a.pem,b.pem"}).auth_jwt_key_file == "a.pem,b.pem");
  CHECK(values({"--auth", "jwt", "--auth-jwks", "https://id.example/jwks?a=b"}).auth_jwks == "https://id.example/jwks?a=b");
  CHECK(load({{"--auth", "jwt", "--auth-jwks", "k"}, {}, {}}).warnings.size() == 1);  // any audience
  CHECK(load({{"--auth", "jwt", "--auth-jwks", "k", "--auth-jwt-audience", "herald"}, {}, {}}).warnings.empty());
  CHECK(has(load({{"--auth-jwks", "k"}, {}, {}}).warnings[0], "auth is none"));
  CHECK(load({{"--auth", "jwt", "--auth-jwks", "k", "--auth-jwt-audience", "h", "--client-publish", "all"}, {}, {}}).warnings.size() == 1);
}

TEST_CASE("with tokens a node may listen wider than loopback") {
  CHECK(values({"--auth", "jwt", "--auth-jwks", "k", "--listen", "0.0.0.0:8084"}).listen.host == "0.0.0.0");
  CHECK(errors({"--auth", "jwt", "--auth-jwks", "k", "--admin-listen", "0.0.0.0:9084"}).size() == 2);
}

TEST_CASE("sharded pub/sub needs a Cluster") {
  CHECK(has(errors({"--redis", "redis://h", "--redis-mode", "sharded"})[0], "needs a Cluster"));
  CHECK(has(errors({"--redis", "redis+sentinel://h/m", "--redis-mode", "sharded"})[0], "needs a Cluster"));
  CHECK(values({"--redis", "redis+cluster://a,b", "--redis-mode", "sharded"}).redis_mode == redis_mode::sharded);
}

TEST_CASE("TLS to Redis: a certificate and its key belong together, and without rediss they mean nothing") {
  const auto good = values({"--redis", "rediss://h", "--redis-tls-cert", "/a/cert.pem", "--redis-tls-key", "/a/key.pem"});
  CHECK(good.redis_tls_cert == "/a/cert.pem");
  CHECK(good.redis_tls_key == "/a/key.pem");
  CHECK(good.redis_tls_ca.empty());
  CHECK(good.redis_tls_server_name.empty());
  CHECK(good.redis_tls_verify_name);
  CHECK(has(errors({"--redis", "rediss://h", "--redis-tls-cert", "c"})[0], "needs the other one"));
  CHECK(has(errors({"--redis", "rediss://h", "--redis-tls-key", "k"})[0], "needs the other one"));
  CHECK(has(load({{"--redis", "redis://h", "--redis-tls-ca", "/ca.pem"}, {}, {}}).warnings[0], "has no effect"));
  CHECK(load({{"--redis", "rediss+sentinel://h/m", "--redis-tls-ca", "system"}, {}, {}}).warnings.empty());
}

TEST_CASE("TLS of the ports: a certificate and its key belong together, and clients' certificates need both") {
  const std::vector<std::string> pair{"--admin-tls-cert", "c.pem", "--admin-tls-key", "k.pem"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), pair.begin(), pair.end());
    return more;
  };
  CHECK(has(errors({"--tls-cert", "c.pem"})[0], "needs the other one of tls-cert and tls-key"));
  CHECK(has(errors({"--admin-tls-key", "k.pem"})[0], "admin-tls-key"));
  CHECK(has(errors({"--admin-tls-client-ca", "ca.pem"})[0], "needs admin-tls-cert and admin-tls-key"));
  CHECK(values(with({})).admin_tls_cert == "c.pem");
  CHECK(values({}).tls_min_version == tls_min_version::v1_2);
  // Who asks for certificates may be reached from other machines.
  CHECK(errors(with({"--admin-listen", "0.0.0.0:9084"})).size() == 1);
  CHECK(values(with({"--admin-listen", "0.0.0.0:9084", "--admin-tls-client-ca", "ca.pem"})).admin_listen.host == "0.0.0.0");
}

TEST_CASE("files that settings name are looked into once the settings are in order") {
  int asked = 0;
  process_inputs from;
  from.host_name = "machine-1";
  from.check_files = [&](const settings& x) {
    ++asked;
    std::vector<file_finding> found{{"tls-cert", "has expired; renew it", true}};
    if (x.tls_key == "bad.pem") found.push_back({"tls-key", "can't be read; give another"});
    return found;
  };
  from.args = {"--tls-cert", "c.pem", "--tls-key", "bad.pem", "--shards", "0"};
  CHECK(std::get<early_exit>(parse(from)).code == 2);
  CHECK(asked == 0);
  from.args = {"--tls-cert", "c.pem", "--tls-key", "bad.pem"};
  const auto refused = std::get<early_exit>(parse(from));
  CHECK(refused.code == 2);
  CHECK(has(refused.err, "herald: tls-key: 'bad.pem' from flag --tls-key can't be read; give another\n"));
  from.args.back() = "good.pem";
  CHECK(has(std::get<loaded>(parse(from)).warnings.at(0), "tls-cert: 'c.pem' from flag --tls-cert has expired"));
  from.args.push_back("--check-config");
  CHECK(std::get<early_exit>(parse(from)).code == 0);
}

TEST_CASE("limits that contradict each other") {
  const auto lines = errors({"--publish-max-bytes", "9MiB", "--outbox-max-bytes", "9MiB"});
  REQUIRE(lines.size() == 1);
  CHECK(has(lines[0], "publish-batch-max-bytes: '8MiB' by default is less than"));
  const auto result = load({{"--outbox-max-bytes", "64KiB"}, {}, {}});
  REQUIRE(result.warnings.size() == 1);
  CHECK(has(result.warnings[0], "outbox-max-bytes"));
}

// -- redis --------------------------------------------------------------------

TEST_CASE("naming a Redis asks for it, unless memory is asked for as loudly") {
  CHECK(values({"--redis", "redis://h"}).backplane == backplane_kind::redis);
  const auto both = load({{"--redis", "redis://h", "--backplane", "memory"}, {}, {}});
  CHECK(both.values.backplane == backplane_kind::memory);
  CHECK(both.warnings.size() == 1);
  const fake_process file{{"--config=herald.conf", "--redis=redis://h"}, {}, "backplane = memory"};
  CHECK(load(file).values.backplane == backplane_kind::redis);
  CHECK(values({"--backplane", "redis"}).redis.hosts.at(0) == endpoint{"127.0.0.1", 6379});
}

TEST_CASE("a password is never shown, neither in the configuration nor in an error") {
  const fake_process good{{"--redis", "redis://me:se%40cret@h:1/2", "--print-config"}, {}, {}};
  const auto text = ended(good).out;
  CHECK(has(text, "redis = redis://me:***@h:1/2 "));
  CHECK_FALSE(has(text, "40cret"));
  CHECK_FALSE(has(text, "@cret"));
  for (const char* url : {"redis://me:secret@", "redis://me:secret", "rediss://me:secret@h,i",
                          "secret@h", "redis://me:secret@h:1/x", "redis://me:%secret@h"}) {
    CAPTURE(url);
    for (const auto& line : errors({"--redis", url})) CHECK_FALSE(has(line, "secret"));
    for (const auto& line : errors({url})) CHECK_FALSE(has(line, "secret"));
  }
}

TEST_CASE("every kind of Redis URL is understood") {
  const auto read = [](std::string_view text) {
    auto result = parse_redis_url(text);
    REQUIRE(std::holds_alternative<redis_url>(result));
    return std::get<redis_url>(result);
  };
  using scheme = redis_url::scheme;
  CHECK(read("redis://h") == redis_url{scheme::server, "", "", {{"h", 6379}}, "", 0});
  CHECK(read("redis://u:p%3a%25@[::1]:7/3")
        == redis_url{scheme::server, "u", "p:%", {{"::1", 7}}, "", 3});
  CHECK(read("rediss://:p@h:1/") == redis_url{scheme::server, "", "p", {{"h", 1}}, "", 0, true});
  CHECK(read("redis+sentinel://a,b:5/my-master/2")
        == redis_url{scheme::sentinel, "", "", {{"a", 26379}, {"b", 5}}, "my-master", 2});
  CHECK(read("redis+cluster://u:p@a:1,b:2")
        == redis_url{scheme::cluster, "u", "p", {{"a", 1}, {"b", 2}}, "", 0});
  CHECK(read("rediss+sentinel://a/m").tls);
  CHECK(read("rediss+cluster://a") == redis_url{scheme::cluster, "", "", {{"a", 6379}}, "", 0, true});
  for (const char* bad : {"", "h:1", "http://h", "redis://", "redis://h:0", "redis://h:99999",
                          "redis://a,b", "redis://u@h", "redis://u:@h", "redis://h/x",
                          "redis://h/99999999999", "redis+sentinel://h", "redis+cluster://h/1",
                          "redis+cluster://a,", "redis://u:%4@h", "redis://h?x=1", "redis://::1"}) {
    CAPTURE(bad);
    CHECK(std::holds_alternative<std::string>(parse_redis_url(bad)));
  }
}

// -- asking -------------------------------------------------------------------

TEST_CASE("--help names every setting, in 100 columns, whatever else is wrong") {
  const auto exit = ended({{"--shards", "x", "--help"}, {}, {}});
  CHECK(exit.code == 0);
  CHECK(exit.err.empty());
  for (const auto& row : settings_table())
    CHECK(has(exit.out, "  --" + std::string{row.name} + ' '));
  std::istringstream in{exit.out};
  for (std::string line; std::getline(in, line);) CHECK(line.size() <= 100);
  CHECK(ended({{"-h"}, {}, {}}).out == exit.out);
}

TEST_CASE("--version and --check-config") {
  CHECK(ended({{"--version"}, {}, {}}).out == "herald " + std::string{version()} + "\n");
  const auto good = ended({{"--check-config"}, {}, {}});
  CHECK(good.code == 0);
  CHECK(good.out == "config ok\n");
  CHECK(ended({{"--check-config", "--shards=x"}, {}, {}}).code == 2);
}

TEST_CASE("what --print-config writes, --config reads") {
  const std::vector<std::string> args{"--shards",      "3",  "--redis",     "redis://h:1",
                                      "--log-max-age", "1h", "--node-name", "n-1"};
  auto asking = args;
  asking.emplace_back("--print-config");
  const auto text = ended({asking, {}, {}}).out;
  const auto again = load({{"--config", "herald.conf"}, {}, text});
  const auto first = load({args, {}, {}});
  REQUIRE(again.shown.size() == settings_table().size());
  for (std::size_t i = 0; i < again.shown.size(); ++i)
    CHECK(again.shown[i].value == first.shown[i].value);
}

TEST_CASE("every default is within its own limits and every setting has a variable") {
  for (const auto& row : settings_table()) {
    CAPTURE(row.name);
    settings to;
    if (!row.fallback.empty()) CHECK(store(row, row.fallback, to) == "");
    CHECK_FALSE(is_service_variable(variable_name(row.name), ""));
  }
  CHECK(variable_name("outbox-max-bytes") == "HERALD_OUTBOX_MAX_BYTES");
}

TEST_CASE("docs/settings.md is current: herald --print-settings-doc writes it") {
  const std::string root = HERALD_SOURCE_ROOT;
  std::ifstream file{root + "/docs/settings.md"};
  REQUIRE_MESSAGE(file.good(), "docs/settings.md not found from ", root);
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  CHECK(text == settings_doc());
}

TEST_CASE("max-connections auto leaves 256 open files to the node itself") {
  settings s;
  CHECK(resolved_max_connections(s, 20000) == 19744);
  CHECK(resolved_max_connections(s, 100) == 1);
  s.max_connections = 7;
  CHECK(resolved_max_connections(s, 20000) == 7);
}

TEST_SUITE_END();
