#include "actors/log.hpp"

#include <doctest/doctest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <thread>
#include <vector>

using namespace herald;
using namespace std::chrono_literals;

namespace {

/// 2026-11-22T12:00:00.007Z
const std::chrono::system_clock::time_point noon{1'795'348'800s + 7ms};

std::string text(std::string_view name, log::fields with = {}) {
  const auto line = log::render(log::format::text, log::level::info, noon, name, with);
  const std::string_view head = "2026-11-22T12:00:00.007Z INFO  ";
  REQUIRE(line.starts_with(head));
  return line.substr(head.size());
}

std::string json(std::string_view name, log::fields with = {}) {
  const auto line = log::render(log::format::json, log::level::warn, noon, name, with);
  const std::string_view head = R"({"time":"2026-11-22T12:00:00.007Z","level":"warn",)";
  REQUIRE(line.starts_with(head));
  return line.substr(head.size());
}

/// Takes the log's lines for as long as it lives, and puts everything back.
class captured {
public:
  captured() {
    log::redirect([this](std::string_view line) { lines_.emplace_back(line); });
  }

  ~captured() {
    log::redirect(nullptr);
    log::set_level(log::level::info);
    log::set_format(log::format::text);
  }

  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;

  const std::vector<std::string>& lines() const { return lines_; }

private:
  std::vector<std::string> lines_;
};

/// Stands in for stderr; its text can be read afterwards.
class stderr_file {
public:
  stderr_file() : file_(memfd_create("stderr", 0)), saved_(dup(STDERR_FILENO)) {
    std::fflush(stderr);
    dup2(file_, STDERR_FILENO);
  }

  ~stderr_file() {
    close(file_);
    close(saved_);
  }

  stderr_file(const stderr_file&) = delete;
  stderr_file& operator=(const stderr_file&) = delete;

  std::string finish() {
    std::fflush(stderr);
    dup2(saved_, STDERR_FILENO);
    std::string text(static_cast<std::size_t>(lseek(file_, 0, SEEK_END)), '\0');
    const auto got = pread(file_, text.data(), text.size(), 0);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }

private:
  int file_;
  int saved_;
};

/// Other tests log, too.
void say_what_others_held_back() {
  log::start(log::format::text, log::level::info);
  log::stop();
}

}  // namespace

TEST_SUITE_BEGIN("log");

TEST_CASE("a line of text says when, how grave, what and with which values") {
  CHECK(text("listening", {{"listen", "127.0.0.1:8084"}, {"shards", 2}})
        == "listening listen=127.0.0.1:8084 shards=2");
}

TEST_CASE("a line of JSON is one object") {
  CHECK(json("listening", {{"listen", "[::1]:8084"}, {"shards", 2u}})
        == R"("event":"listening","listen":"[::1]:8084","shards":2})");
}

TEST_CASE("numbers, truth and durations stand bare; what JSON can't say is null") {
  const log::fields all{{"i", -3},        {"u", std::numeric_limits<std::uint64_t>::max()},
                        {"d", 0.25},      {"b", true},
                        {"t_ms", 1500ms}, {"nan", std::numeric_limits<double>::quiet_NaN()}};
  CHECK(
    json("e", all)
    == R"("event":"e","i":-3,"u":18446744073709551615,"d":0.25,"b":true,"t_ms":1500,"nan":null})");
  CHECK(text("e", all) == "e i=-3 u=18446744073709551615 d=0.25 b=true t_ms=1500 nan=null");
}

TEST_CASE("a text value is quoted when it could be misread, and only then") {
  CHECK(text("e", {{"a", "x y"}, {"b", ""}, {"c", "k=v"}, {"d", "a/b:1,[2]"}})
        == R"(e a="x y" b="" c="k=v" d=a/b:1,[2])");
  CHECK(text("e", {{"a", R"(say "hi" \)"}}) == R"(e a="say \"hi\" \\")");
}

TEST_CASE("no value can begin a line of its own or command a terminal") {
  const std::string evil = "x\n2026-11-22T12:00:00Z INFO  forged\r\x1b[2J\x7f\xc2\x9b\x31m\0y\t";
  for (const auto& line : {text(evil, {{evil, evil}}), json(evil, {{evil, evil}})}) {
    CHECK(line.find_first_of(std::string{"\n\r\x1b\x7f\t\0", 6}) == std::string::npos);
    CHECK(line.find("\xc2\x9b") == std::string::npos);
  }
  CHECK(json("e", {{"a", std::string_view{"a\nb\0c\x1b", 6}}})
        == R"("event":"e","a":"a\nb\u0000c\u001b"})");
  // Text that a reader would see in another order than it stands.
  CHECK(json("e", {{"a", "a\u202eb\u2028"}}) == R"("event":"e","a":"a\u202eb\u2028"})");
}

TEST_CASE("bytes that are not UTF-8 become the replacement character, other letters stay") {
  CHECK(json("e", {{"a", "z\xff\xc3|\xe2\x82|\xed\xa0\x80|\xc0\xaf|\xf5\x80\x80\x80"}})
        == "\"event\":\"e\",\"a\":\"z\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|"
           "\uFFFD\uFFFD\uFFFD\uFFFD\"}");
  CHECK(json("e", {{"a", "Grüße, 世界 🎉"}}) == "\"event\":\"e\",\"a\":\"Grüße, 世界 🎉\"}");
  const char* none = nullptr;
  CHECK(json("e", {{"a", none}}) == R"("event":"e","a":""})");
}

TEST_CASE("a line below the level is not written, and the level can change at run time") {
  captured log_lines;
  log::set_level(log::level::warn);
  CHECK_FALSE(log::enabled(log::level::info));
  log::info("quiet");
  log::warn("loud");
  log::set_level(log::level::debug);
  log::debug("whisper");
  log::set_level(log::level::off);
  log::error("nothing");
  REQUIRE(log_lines.lines().size() == 2);
  CHECK(log_lines.lines()[0].ends_with("WARN  loud"));
  CHECK(log_lines.lines()[1].ends_with("DEBUG whisper"));
}

TEST_CASE("the form can be JSON") {
  captured log_lines;
  log::set_format(log::format::json);
  log::error("bad", {{"n", 1}});
  REQUIRE(log_lines.lines().size() == 1);
  CHECK(log_lines.lines()[0].ends_with(R"("level":"error","event":"bad","n":1})"));
}

TEST_CASE("one line a second of each name; when it is over, how many were held back is said once") {
  using log::level;
  log::limiter limits;
  const log::limiter::time_point start{1h};
  const auto over = [&](std::chrono::milliseconds after) {
    std::string said;
    for (const auto& one : limits.over(start + after)) said += one.name + '=' + std::to_string(one.count) + ' ';
    return said;
  };
  CHECK(limits.admit(level::warn, "a", start));
  CHECK_FALSE(limits.admit(level::warn, "a", start + 1ms));
  CHECK(limits.admit(level::info, "b", start + 2ms));
  CHECK_FALSE(limits.admit(level::warn, "a", start + 999ms));
  CHECK(over(999ms).empty());
  CHECK(over(1s) == "a=2 ");
  CHECK(over(2s).empty());
  CHECK(limits.admit(level::warn, "a", start + 3s));
  CHECK_FALSE(limits.admit(level::warn, "a", start + 3500ms));
  CHECK(limits.admit(level::warn, "a", start + 5s));  // before anybody has asked: nothing is forgotten
  CHECK_FALSE(limits.admit(level::warn, "a", start + 5100ms));
  CHECK(over(5200ms) == "a=2 ");
}

TEST_CASE("repeats are said at the highest of their levels") {
  log::limiter limits;
  const log::limiter::time_point start{1h};
  for (const auto what : {log::level::info, log::level::info, log::level::error, log::level::warn}) limits.admit(what, "a", start);
  const auto said = limits.over(start + 1s);
  REQUIRE(said.size() == 1);
  CHECK(said[0].what == log::level::error);
  CHECK(said[0].count == 3);
}

TEST_CASE("names made up by a stranger can't grow the limiter without end") {
  log::limiter limits;
  const log::limiter::time_point start{1h};
  int admitted = 0;
  for (int i = 0; i < 10'000; ++i)
    if (limits.admit(log::level::info, "name-" + std::to_string(i), start)) ++admitted;
  CHECK(admitted == 257);
  CHECK(limits.over(start + 1s).size() == 1);
}

TEST_CASE("what was held back is said at the end of the second, without another line that says it, and counted") {
  say_what_others_held_back();
  captured log_lines;
  const auto before = log::repeated_lines();
  log::start(log::format::text, log::level::info);
  for (int i = 0; i < 500; ++i) log::limited(log::level::warn, "log_test.burst", {{"i", i}});
  log::stop();  // does not wait for the second's end
  std::uint64_t written = 0, repeated = 0;
  for (const auto& line : log_lines.lines()) {
    CHECK(line.find("WARN  log_test.burst") != std::string::npos);
    const auto at = line.find(" repeated=");
    if (at == std::string::npos) ++written; else repeated += std::stoull(line.substr(at + 10));
  }
  CHECK(written >= 1);
  CHECK(written + repeated == 500);
  CHECK(log::repeated_lines() - before == repeated);
}

TEST_CASE("a limited event is written once, not a thousand times") {
  captured log_lines;
  for (int i = 0; i < 1000; ++i) log::limited(log::level::warn, "log_test.flood", {{"i", i}});
  // Two, should the second have turned in between.
  CHECK(log_lines.lines().size() >= 1);
  CHECK(log_lines.lines().size() <= 2);
  CHECK(log_lines.lines()[0].ends_with("WARN  log_test.flood i=0"));
}

TEST_CASE("many threads, whole lines, none lost, none left behind by stop") {
  say_what_others_held_back();
  stderr_file file;
  log::start(log::format::text, log::level::info);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 500; ++i) log::info("line", {{"thread", t}, {"i", i}});
    });
  for (auto& t : threads) t.join();
  CHECK(log::lost_lines() == 0);
  log::stop();
  log::info("after");
  const auto written = file.finish();
  std::vector<int> next(4, 0);
  std::size_t lines = 0;
  for (std::size_t at = 0; at < written.size(); ++lines) {
    const auto end = written.find('\n', at);
    REQUIRE(end != std::string::npos);
    const auto line = written.substr(at, end - at);
    at = end + 1;
    int thread = 0;
    int i = 0;
    if (lines == 2000) {
      CHECK(line.ends_with("INFO  after"));
      continue;
    }
    REQUIRE(std::sscanf(line.c_str() + 24, " INFO  line thread=%d i=%d", &thread, &i) == 2);
    CHECK(next.at(static_cast<std::size_t>(thread))++ == i);
  }
  CHECK(lines == 2001);
}

TEST_SUITE_END();
