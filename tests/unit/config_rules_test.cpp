#include "tests/support/fake_process.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace herald::test;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("config");

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

TEST_CASE("hooks for tests are refused where others could reach them, whatever else is allowed") {
  CHECK_FALSE(values({}).allow_test_hooks);
  CHECK(values({"--allow-test-hooks", "true"}).allow_test_hooks);
  for (const char* port : {"--listen", "--admin-listen"}) {
    CAPTURE(port);
    const auto wrong = errors({"--allow-test-hooks", "true", port, "0.0.0.0:1", "--insecure-listen-without-auth", "true",
                               "--insecure-admin-listen-without-auth", "true"});
    REQUIRE(wrong.size() == 1);
    CHECK(has(wrong[0], "is for tests only"));
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

TEST_CASE("the password for Redis is in its URL or in a file, and a user without one is refused unseen") {
  const auto good = values({"--redis", "redis://me@h", "--redis-password-file", "/run/password"});
  CHECK(good.redis.user == "me");
  CHECK(good.redis_password_file == "/run/password");
  CHECK(shown(load({{"--redis", "redis://me@h", "--redis-password-file", "f"}, {}, {}}), "redis").value == "redis://me@h:6379");
  const auto alone = errors({"--redis", "redis://w0rd@h"});
  REQUIRE(alone.size() == 1);
  CHECK(has(alone[0], "give redis-password-file"));
  CHECK_FALSE(has(alone[0], "w0rd"));
  CHECK(has(errors({"--redis", "redis://me:w0rd@h", "--redis-password-file", "f"})[0], "second password"));
  CHECK(load({{"--redis-password-file", "f"}, {}, {}}).warnings.size() == 1);
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

TEST_CASE("nor is what may be secret in the address of keys") {
  const auto shown_jwks = [](std::string url) {
    const fake_process with{{"--auth", "jwt", "--auth-jwt-audience", "h", "--auth-jwks", std::move(url)}, {}, {}};
    return shown(load(with), "auth-jwks").value;
  };
  CHECK(shown_jwks("https://me:w0rd@id.example/jwks?key=k3y") == "https://***@id.example/jwks?***");
  CHECK(shown_jwks("https://id.example/a@b") == "https://id.example/a@b");
  CHECK(shown_jwks("https://id.example") == "https://id.example");
  CHECK(shown_jwks("/etc/herald/jwks.json") == "/etc/herald/jwks.json");
  for (const auto& one : load({{"--auth-jwks", "https://me:w0rd@id.example/jwks"}, {}, {}}).warnings) CHECK_FALSE(has(one, "w0rd"));
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
  CHECK(read("rediss://u@h") == redis_url{scheme::server, "u", "", {{"h", 6379}}, "", 0, true});
  CHECK(read("redis+cluster://u:p@a:1,b:2")
        == redis_url{scheme::cluster, "u", "p", {{"a", 1}, {"b", 2}}, "", 0});
  CHECK(read("rediss+sentinel://a/m").tls);
  CHECK(read("rediss+cluster://a") == redis_url{scheme::cluster, "", "", {{"a", 6379}}, "", 0, true});
  for (const char* bad : {"", "h:1", "http://h", "redis://", "redis://h:0", "redis://h:99999",
                          "redis://a,b", "redis://@h", "redis://u:@h", "redis://h/x",
                          "redis://h/99999999999", "redis+sentinel://h", "redis+cluster://h/1",
                          "redis+cluster://a,", "redis://u:%4@h", "redis://h?x=1", "redis://::1"}) {
    CAPTURE(bad);
    CHECK(std::holds_alternative<std::string>(parse_redis_url(bad)));
  }
}

TEST_SUITE_END();
