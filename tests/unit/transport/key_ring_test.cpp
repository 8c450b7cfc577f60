#include "tests/support/token_maker.hpp"

#include "transport/auth/authenticator.hpp"
#include "transport/auth/key_ring.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <unistd.h>

using namespace herald;
using namespace herald::transport;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

const std::string secret = "a secret of more than thirty-two bytes";

class folder {
public:
  folder() : path_(std::filesystem::temp_directory_path() / ("herald-keys-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~folder() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, const std::string& text) const {
    const auto path = path_ / name;
    std::ofstream{path, std::ios::binary} << text;
    return path.string();
  }
  std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

/// An address that says what the test wants, when it wants.
class address {
public:
  key_ring::fetcher fetcher() {
    return [this](const std::string&, const std::string&, const std::atomic<bool>&) {
      std::unique_lock lock{mutex_};
      ++asked_;
      changed_.notify_all();
      return answer_;
    };
  }

  void says(fetched what) {
    const std::lock_guard guard{mutex_};
    answer_ = std::move(what);
  }

  void wait_for_asked(int times) {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, 20s, [&] { return asked_ >= times; }));
  }

  int asked() {
    const std::lock_guard guard{mutex_};
    return asked_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  fetched answer_{false, "nobody there"};
};

/// A call that is waited for.
class ring_signal {
public:
  std::function<void()> setter() {
    return [this] {
      const std::lock_guard guard{mutex_};
      ++count_;
      changed_.notify_all();
    };
  }
  void wait(int count = 1) {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, 20s, [&] { return count_ >= count; }));
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

key_ring_options at_address(std::chrono::milliseconds cooldown) {
  key_ring_options options;
  options.places.jwks_url = "https://id.example/jwks";
  options.cooldown = cooldown;
  options.refresh = 1h;
  return options;
}

std::string why_not(key_places places) {
  key_ring_options options;
  options.places = std::move(places);
  return key_ring{options}.load().value_or("loaded");
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE("key_ring") {

TEST_CASE("keys come from files, and from folders of them") {
  const folder in;
  key_ring_options options;
  options.places.secret_file = in.write("secret", secret + "\n");
  options.places.key_files = {in.write("one.pem", key_pair::ec().public_pem()), in.path()};
  in.write("two.pem", key_pair::rsa().public_pem());
  options.places.jwks_file = in.write("set.json", R"({"keys":[)" + key_pair::ec().jwk(R"("kid":"a",)") + "]}");
  key_ring ring{options};
  REQUIRE_FALSE(ring.load());
  CHECK(ring.is_complete());
  CHECK(ring.current()->size() == 5);
  CHECK(ring.current()->has("a"));
  CHECK_FALSE(ring.ask_for_more([] {}));
  const auto token = make_token(R"({"alg":"HS256"})", R"({"sub":"a","exp":99999999999})", secret);
  CHECK(std::holds_alternative<grant_ptr>(verify_token(token, *ring.current(), {}, 0)));
}

TEST_CASE("a file that is no good is said at the start, with the setting's and its own name, and without what is in it") {
  const folder in;
  CHECK(has(why_not({.secret_file = in.path() + "/absent"}), "auth-jwt-secret-file: " + in.path() + "/absent: can't be read"));
  CHECK(has(why_not({.secret_file = in.path()}), "folder"));
  const auto weak = why_not({.secret_file = in.write("weak", "hunter2")});
  CHECK(has(weak, "less than 32 bytes"));
  CHECK_FALSE(has(weak, "hunter2"));
  CHECK(has(why_not({.key_files = {in.write("bad.pem", "nonsense")}}), "auth-jwt-key-file: "));
  CHECK(has(why_not({.key_files = {in.path() + "/absent"}}), "can't be read"));
  CHECK(has(why_not({.jwks_file = in.write("bad.json", "{}")}), "auth-jwks: "));
  CHECK(has(why_not({.secret_file = in.write("large", std::string(300'000, 'x'))}), "256 KiB"));
}

TEST_CASE("keys come over https, or from this machine") {
  CHECK(why_not({.jwks_url = "https://id.example/jwks"}) == "loaded");
  CHECK(why_not({.jwks_url = "http://127.0.0.1:8080/jwks"}) == "loaded");
  CHECK(why_not({.jwks_url = "http://localhost/jwks"}) == "loaded");
  CHECK(why_not({.jwks_url = "http://[::1]/jwks"}) == "loaded");
  CHECK(has(why_not({.jwks_url = "http://id.example/jwks"}), "neither https"));
  CHECK(has(why_not({.jwks_url = "http://127.0.0.1.example/jwks"}), "neither https"));
  CHECK(has(why_not({.jwks_url = "ftp://127.0.0.1/jwks"}), "neither https"));
  CHECK(has(why_not({.jwks_url = "https://user:password@id.example/jwks"}), "user"));
  CHECK(has(why_not({.jwks_url = "https://"}), "not a URL"));
}

TEST_CASE("an address that answers late is asked again; until then the keys are not complete") {
  address idp;
  key_ring ring{at_address(0ms), idp.fetcher()};
  REQUIRE_FALSE(ring.load());
  CHECK_FALSE(ring.is_complete());
  ring.start();
  idp.wait_for_asked(1);
  idp.says({true, R"({"keys":[)" + key_pair::ec().jwk(R"("kid":"a",)") + "]}"});
  idp.wait_for_asked(2);  // by itself, after a second at most
  ring_signal answered;
  while (!ring.ask_for_more(answered.setter())) std::this_thread::yield();
  answered.wait();
  CHECK(ring.is_complete());
  CHECK(ring.current()->has("a"));
  CHECK(ring.counted().fetches_failed == 1);
  // What comes later and is no good leaves the keys as they were.
  idp.says({true, R"({"keys":[]})"});
  while (!ring.ask_for_more(answered.setter())) std::this_thread::yield();
  answered.wait(2);
  CHECK(ring.current()->has("a"));
  CHECK(ring.counted().fetches_failed == 2);
}

TEST_CASE("a key that is not known is asked for, but not more often than the cooldown allows, and by so many") {
  address idp;
  idp.says({true, R"({"keys":[)" + key_pair::ec().jwk(R"("kid":"a",)") + "]}"});
  key_ring ring{at_address(1h), idp.fetcher()};
  REQUIRE_FALSE(ring.load());
  // Before the first answer all of them wait for it.
  ring_signal answered;
  for (std::size_t i = 0; i < key_ring::max_waiting; ++i) REQUIRE(ring.ask_for_more(answered.setter()));
  CHECK_FALSE(ring.ask_for_more([] {}));
  ring.start();
  answered.wait(key_ring::max_waiting);
  CHECK(idp.asked() == 1);
  CHECK_FALSE(ring.ask_for_more([] {}));
  ring.stop();
  CHECK(idp.asked() == 1);
  CHECK_FALSE(ring.ask_for_more([] {}));
}

TEST_CASE("files are read again when they change, and kept when they can't be") {
  const folder in;
  key_ring_options options;
  options.places.jwks_file = in.write("set.json", R"({"keys":[)" + key_pair::ec().jwk(R"("kid":"old",)") + "]}");
  options.look_at_files = 5ms;
  key_ring ring{options};
  REQUIRE_FALSE(ring.load());
  ring.start();
  const auto wait_until = [](const auto& is_true) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!is_true() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(is_true());
  };
  in.write("set.json", R"({"keys":[)");
  wait_until([&] { return ring.counted().file_failures > 0; });
  CHECK(ring.current()->has("old"));
  in.write("set.json", R"({"keys":[)" + key_pair::ec().jwk(R"("kid":"new",)") + "]}");
  wait_until([&] { return ring.current()->has("new"); });
  CHECK_FALSE(ring.current()->has("old"));
}

}

TEST_SUITE("authenticator") {

TEST_CASE("who names a key that is not known waits for it, and others do not wait for them") {
  address idp;
  const auto old_key = key_pair::ec(), new_key = key_pair::ec();
  idp.says({true, R"({"keys":[)" + old_key.jwk(R"("kid":"old",)") + "]}"});
  key_ring ring{at_address(0ms), idp.fetcher()};
  REQUIRE_FALSE(ring.load());
  ring.start();
  ring_signal answered;
  REQUIRE(ring.ask_for_more(answered.setter()));
  answered.wait();  // the first fetch is over: who asks from here on asks for another one
  REQUIRE(ring.is_complete());
  revocations revoked;
  authenticator auth{ring, {}, revoked};
  boost::asio::io_context context;
  shard_stats stats;
  const std::string claims = R"({"sub":"alice","exp":99999999999})";
  idp.says({true, R"({"keys":[)" + new_key.jwk(R"("kid":"new",)") + "]}"});
  std::string said;
  const auto say = [&](authenticator::outcome outcome) {
    const auto* why = std::get_if<token_failure>(&outcome);
    said += why != nullptr ? why->message.substr(0, why->message.find(':')) + ' ' : std::get<grant_ptr>(outcome)->user + ' ';
  };
  auth.check(make_token(R"({"alg":"ES256","kid":"new"})", claims, new_key), context, stats, say);
  CHECK(said.empty());
  auth.check("garbage", context, stats, say);
  CHECK(said == "malformed ");
  context.run();
  CHECK(said == "malformed alice ");
  CHECK(stats.tokens_accepted.get() == 1);
  CHECK(stats.tokens_refused[static_cast<std::size_t>(token_refusal::malformed)].get() == 1);
  auth.check("", context, stats, say);
  CHECK(said == "malformed alice a token is required ");
  revoked.add({order::kind::revoke_user, "alice", 0, 99999999999}, 0);
  auth.check(make_token(R"({"alg":"ES256","kid":"new"})", claims, new_key), context, stats, say);
  CHECK(said.ends_with("revoked "));
}

TEST_CASE("without any key yet, a client is told to try again") {
  address idp;
  key_ring ring{at_address(1h), idp.fetcher()};
  REQUIRE_FALSE(ring.load());
  ring.start();
  idp.wait_for_asked(1);
  revocations revoked;
  authenticator auth{ring, {}, revoked};
  boost::asio::io_context context;
  shard_stats stats;
  std::string said;
  auth.check(make_token(R"({"alg":"HS256","kid":"x"})", "{}", secret), context, stats, [&](authenticator::outcome outcome) {
    said = to_string(to_failure(std::get<token_failure>(outcome)).code);
  });
  context.run();
  CHECK(said == "unavailable");
}

}
