#include "actors/log.hpp"

#include "actors/log_line.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <thread>
#include <utility>

namespace herald::log {

namespace {

constexpr std::size_t max_waiting_lines = 8192;
constexpr std::size_t max_limited_names = 256;
constexpr std::string_view overflow_name = "other";

/// Passes whole lines to a function.
class function_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit function_sink(std::function<void(std::string_view)> f) : f_(std::move(f)) {}

private:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    f_({msg.payload.data(), msg.payload.size()});
  }

  void flush_() override {}

  std::function<void(std::string_view)> f_;
};

using logger_ptr = std::shared_ptr<spdlog::logger>;

logger_ptr finish(logger_ptr made) {
  made->set_pattern("%v");
  // The level is checked before a line is built: see `enabled`.
  made->set_level(spdlog::level::trace);
  // spdlog reports its own failures on stderr, which is what failed: nothing to say it to.
  made->set_error_handler([](const std::string&) {});
  return made;
}

logger_ptr make_direct_logger() {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return finish(std::make_shared<spdlog::logger>("herald", std::move(sink)));
}

/// Where lines go now. The mutex guards the pointers, not the writing.
struct output {
  std::mutex mutex;
  logger_ptr current = make_direct_logger();
  logger_ptr before_redirect;
  std::shared_ptr<spdlog::details::thread_pool> writer;
};

output& out() {
  // Never destroyed: destructors of other static objects may still log.
  static auto* instance = new output;
  return *instance;
}

limiter& limits() {
  static auto* instance = new limiter;
  return *instance;
}

std::atomic<std::uint64_t> held_back_lines{0};

std::atomic<format> chosen_format{format::text};

logger_ptr current_logger() {
  auto& o = out();
  std::lock_guard guard{o.mutex};
  return o.current;
}

void emit(level what, std::string_view name, const field* first, std::size_t count) noexcept {
  try {
    auto line = detail::render_line(chosen_format.load(std::memory_order_relaxed), what,
                                    std::chrono::system_clock::now(), name, first, count);
    current_logger()->log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
  } catch (...) {
    // Out of memory, most likely. A log line is never worth the caller's life.
  }
}

/// Says how often what was held back has happened.
void say_repeats(limiter::time_point by) noexcept {
  try {
    for (const auto& one : limits().over(by))
      event(one.what, one.name, {{"repeated", one.count}});
  } catch (...) {
    // As above.
  }
}

/// Says so once a second. Thread: its own, between `start` and `stop`.
class repeats_watch {
public:
  repeats_watch() : thread_([this] { run(); }) {}

  ~repeats_watch() {
    {
      std::lock_guard guard{mutex_};
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
    say_repeats(limiter::time_point::max());
  }

private:
  void run() {
    std::unique_lock lock{mutex_};
    while (!changed_.wait_for(lock, limiter::window, [this] { return over_; })) say_repeats(std::chrono::steady_clock::now());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

std::unique_ptr<repeats_watch>& watch() {
  static auto* instance = new std::unique_ptr<repeats_watch>;
  return *instance;
}

}  // namespace

// -- set up -------------------------------------------------------------------

void start(format how, level from) {
  set_format(how);
  set_level(from);
  auto& o = out();
  std::lock_guard guard{o.mutex};
  if (o.writer != nullptr) return;
  o.writer = std::make_shared<spdlog::details::thread_pool>(max_waiting_lines, 1);
  auto& place = o.before_redirect ? o.before_redirect : o.current;
  place = finish(std::make_shared<spdlog::async_logger>(
    "herald", std::make_shared<spdlog::sinks::stderr_sink_mt>(), o.writer,
    spdlog::async_overflow_policy::overrun_oldest));
  watch() = std::make_unique<repeats_watch>();
}

void stop() noexcept {
  try {
    watch().reset();  // says what is left to say
    auto& o = out();
    std::shared_ptr<spdlog::details::thread_pool> writer;
    logger_ptr old;
    {
      std::lock_guard guard{o.mutex};
      writer = std::exchange(o.writer, nullptr);
      if (writer == nullptr) return;
      auto& place = o.before_redirect ? o.before_redirect : o.current;
      old = std::exchange(place, make_direct_logger());
    }
    old.reset();
    // The last owner joins the thread, which first writes what is waiting.
    writer.reset();
  } catch (...) {
    // A logger could not be made: the old one stays.
  }
}

void set_level(level from) noexcept {
  detail::threshold.store(from, std::memory_order_relaxed);
}

void set_format(format how) noexcept {
  chosen_format.store(how, std::memory_order_relaxed);
}

std::uint64_t lost_lines() noexcept {
  try {
    auto& o = out();
    std::lock_guard guard{o.mutex};
    return o.writer == nullptr ? 0 : o.writer->overrun_counter();
  } catch (...) {
    return 0;
  }
}

std::uint64_t repeated_lines() noexcept {
  return held_back_lines.load(std::memory_order_relaxed);
}

void redirect(std::function<void(std::string_view)> sink) {
  auto& o = out();
  std::lock_guard guard{o.mutex};
  if (sink == nullptr) {
    if (o.before_redirect != nullptr) o.current = std::exchange(o.before_redirect, nullptr);
    return;
  }
  if (o.before_redirect == nullptr) o.before_redirect = o.current;
  auto target = std::make_shared<function_sink>(std::move(sink));
  o.current = finish(std::make_shared<spdlog::logger>("herald", std::move(target)));
}

// -- logging ------------------------------------------------------------------

namespace detail {

std::atomic<level> threshold{level::info};

void write(level what, std::string_view name, fields with) noexcept {
  emit(what, name, with.begin(), with.size());
}

void write_limited(level what, std::string_view name, fields with) noexcept {
  try {
    if (limits().admit(what, name, std::chrono::steady_clock::now()))
      emit(what, name, with.begin(), with.size());
    else
      held_back_lines.fetch_add(1, std::memory_order_relaxed);
  } catch (...) {
    // As in emit().
  }
}

}  // namespace detail

// -- parts --------------------------------------------------------------------

std::string render(format how, level what, std::chrono::system_clock::time_point when,
                   std::string_view name, fields with) {
  return detail::render_line(how, what, when, name, with.begin(), with.size());
}

bool limiter::admit(level what, std::string_view name, time_point now) {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(name);
  if (i == entries_.end() && entries_.size() >= max_limited_names) {
    name = overflow_name;
    i = entries_.find(name);
  }
  if (i == entries_.end()) {
    entries_.emplace(std::string{name}, entry{now});
    return true;
  }
  auto& known = i->second;
  if (now - known.last >= window) {
    known.last = now;
    return true;
  }
  if (known.held_back++ == 0) known.due = known.last + window;
  known.what = std::max(known.what, what);
  return false;
}

std::vector<limiter::repeats> limiter::over(time_point by) {
  std::lock_guard guard{mutex_};
  std::vector<repeats> result;
  for (auto& [name, one] : entries_) {
    if (one.held_back == 0 || one.due > by) continue;
    result.push_back({name, one.what, std::exchange(one.held_back, 0)});
    one.what = level::debug;
  }
  return result;
}

}  // namespace herald::log
