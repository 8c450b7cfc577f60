#include "transport/auth/key_ring.hpp"

#include "actors/log.hpp"
#include "actors/random.hpp"
#include "actors/unix_time.hpp"

#include <algorithm>
#include <utility>

namespace herald::transport {
namespace {

using namespace std::chrono_literals;

/// After a failure it is tried again after a second, twice as long each time, up to a minute, with jitter.
std::chrono::milliseconds pause_after(unsigned failures) {
  const auto most = std::min<std::chrono::milliseconds>(1s * (1u << std::min(failures, 6u)), 60s);
  return most / 2 + jitter(most / 2);
}

std::variant<std::vector<signing_key>, std::string> read_logged(const key_texts& from) {
  std::vector<std::string> left_out;
  auto keys = keys_in(from, left_out);
  for (const auto& why : left_out) log::warn("key_left_out", {{"why", why}});
  return keys;
}

}  // namespace

key_ring::key_ring(key_ring_options options, fetcher fetch) : options_(std::move(options)), fetch_(std::move(fetch)) {}

key_ring::~key_ring() { stop(); }

std::optional<std::string> key_ring::load() {
  const auto& places = options_.places;
  if (!places.jwks_url.empty())
    if (auto why = explain_bad_jwks_url(places.jwks_url); !why.empty()) return "auth-jwks: " + places.jwks_url + ": " + why;
  auto texts = read_key_files(places);
  if (auto* why = std::get_if<std::string>(&texts)) return std::move(*why);
  auto keys = read_logged(std::get<key_texts>(texts));
  if (auto* why = std::get_if<std::string>(&keys)) return std::move(*why);
  texts_ = std::get<key_texts>(std::move(texts));
  from_files_ = std::get<0>(std::move(keys));
  complete_ = places.jwks_url.empty();
  if (!from_files_.empty()) counted_.loaded_at_ms = unix_ms();
  publish();
  return std::nullopt;
}

void key_ring::start() {
  thread_ = std::thread{[this] { run(); }};
}

void key_ring::stop() {
  {
    const std::lock_guard guard{mutex_};
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

key_set_ptr key_ring::current() const {
  const std::lock_guard guard{mutex_};
  return current_;
}

bool key_ring::ask_for_more(std::function<void()> done) {
  if (options_.places.jwks_url.empty()) return false;
  const std::lock_guard guard{mutex_};
  const bool is_under_way = is_fetching_ || !waiting_.empty();
  const bool is_too_soon = asked_ != clock::time_point{} && clock::now() - asked_ < options_.cooldown;
  if (stopping_ || waiting_.size() >= max_waiting || (!is_under_way && is_too_soon)) return false;
  waiting_.push_back(std::move(done));
  changed_.notify_all();
  return true;
}

// -- the thread ---------------------------------------------------------------

void key_ring::run() {
  next_look_ = clock::now() + options_.look_at_files;
  next_fetch_ = clock::now();
  while (!stopping_) {
    const auto now = clock::now();
    if (now >= next_look_) look_at_files();
    bool is_asked = false;
    {
      const std::lock_guard guard{mutex_};
      is_asked = !waiting_.empty();
    }
    if (!options_.places.jwks_url.empty() && (is_asked || now >= next_fetch_)) fetch();
    std::unique_lock lock{mutex_};
    changed_.wait_until(lock, next_wake(), [this] { return stopping_ || !waiting_.empty(); });
  }
  const std::lock_guard guard{mutex_};
  waiting_.clear();
}

key_ring::clock::time_point key_ring::next_wake() const {
  return options_.places.jwks_url.empty() ? next_look_ : std::min(next_look_, next_fetch_);
}

void key_ring::look_at_files() {
  next_look_ = clock::now() + options_.look_at_files;
  auto texts = read_key_files(options_.places);
  auto* now = std::get_if<key_texts>(&texts);
  if (now != nullptr && *now == texts_) {
    file_failure_.clear();
    return;
  }
  std::variant<std::vector<signing_key>, std::string> keys;
  if (now != nullptr)
    keys = read_logged(*now);
  else
    keys = std::get<std::string>(std::move(texts));
  if (auto* why = std::get_if<std::string>(&keys)) {
    // A file that is being written may be half there: only what lasts is said again.
    ++counted_.file_failures;
    if (std::exchange(file_failure_, *why) != *why) log::warn("keys_not_read", {{"why", *why}});
    return;
  }
  file_failure_.clear();
  texts_ = std::move(*now);
  from_files_ = std::get<0>(std::move(keys));
  counted_.loaded_at_ms = unix_ms();
  publish();
  log::info("keys_read", {{"keys", from_files_.size()}});
}

void key_ring::fetch() {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard guard{mutex_};
    is_fetching_ = true;
    asked_ = clock::now();
  }
  auto got = fetch_(options_.places.jwks_url, options_.ca_file, stopping_);
  if (got.ok) {
    take_set(got.text);
  } else if (!stopping_) {
    ++counted_.fetches_failed;
    log::limited(log::level::warn, "keys_not_fetched", {{"from", options_.places.jwks_url}, {"why", got.text}});
    ++failures_;
  }
  next_fetch_ = clock::now() + (failures_ == 0 ? options_.refresh : std::min(options_.refresh, pause_after(failures_ - 1)));
  {
    const std::lock_guard guard{mutex_};
    is_fetching_ = false;
    waiting.swap(waiting_);
  }
  if (!stopping_)
    for (const auto& done : waiting) done();
}

void key_ring::take_set(const std::string& text) {
  auto set = read_jwks(text, false);
  if (auto* why = std::get_if<std::string>(&set)) {
    ++counted_.fetches_failed;
    ++failures_;
    log::limited(log::level::warn, "keys_not_fetched", {{"from", options_.places.jwks_url}, {"why", *why}});
    return;
  }
  auto& [keys, left_out] = std::get<jwks>(set);
  for (const auto& why : left_out) log::limited(log::level::warn, "key_left_out", {{"from", options_.places.jwks_url}, {"why", why}});
  failures_ = 0;
  ++counted_.fetches_ok;
  counted_.loaded_at_ms = unix_ms();
  from_address_ = std::move(keys);
  publish();
  complete_ = true;
  log::info("keys_fetched", {{"from", options_.places.jwks_url}, {"keys", from_address_.size()}});
}

void key_ring::publish() {
  auto all = from_files_;
  all.insert(all.end(), from_address_.begin(), from_address_.end());
  auto fresh = std::make_shared<const key_set>(std::move(all));
  const std::lock_guard guard{mutex_};
  current_ = std::move(fresh);
}

}  // namespace herald::transport
