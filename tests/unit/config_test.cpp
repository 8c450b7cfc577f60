#include "tests/support/fake_process.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace herald::test;
using namespace std::chrono_literals;

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
  for (const auto* bad : {"", "-0", "1.5", "1e-3", ".5", "1.", "0.0000000001", "1/2", "nan"})
    CHECK(has(errors({std::string{"--trace-sample="} + bad})[0], "give a number from 0 to 1, such as 0.001"));
  CHECK(values({"--trace-sample", "0.001"}).trace_sample == 0.001);
  CHECK(values({"--trace-sample", "1"}).trace_sample == 1);
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

TEST_SUITE_END();
