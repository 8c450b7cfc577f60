#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The node's log: one line an event, as text or JSON, on stderr.
///
///     2026-11-22T12:00:00.000Z INFO  listening listen=127.0.0.1:8084 node=node-1
///     {"time":"2026-11-22T12:00:00.000Z","level":"info","event":"listening","listen":"…"}
///
/// An event's name is stable: operators search and alert on it. What a stranger sent goes into a
/// field, where quotes, control characters and broken UTF-8 are escaped: no value can forge a line.
///
/// Thread: any.   Bound: between `start` and `stop` a thread of its own writes, so that a stuck
/// stderr never stops a shard; of more than 8,192 waiting lines the oldest are lost and counted.
namespace herald::log {

enum class level : std::uint8_t { debug, info, warn, error, off };
enum class format : std::uint8_t { text, json };

/// A key and a value of one line. Holds views: build it in the call.
struct field {
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  field(std::string_view k, std::string_view v) noexcept : key(k), value(v) {}
  field(std::string_view k, const std::string& v) noexcept : key(k), value(std::string_view{v}) {}
  field(std::string_view k, const char* v) noexcept
      : key(k), value(v == nullptr ? std::string_view{} : std::string_view{v}) {}
  field(std::string_view k, bool v) noexcept : key(k), value(v) {}
  field(std::string_view k, std::floating_point auto v) noexcept
      : key(k), value(static_cast<double>(v)) {}
  field(std::string_view k, std::signed_integral auto v) noexcept
      : key(k), value(static_cast<std::int64_t>(v)) {}
  field(std::string_view k, std::unsigned_integral auto v) noexcept
      : key(k), value(static_cast<std::uint64_t>(v)) {}
  /// Milliseconds; name the key `…_ms`.
  field(std::string_view k, std::chrono::milliseconds v) noexcept
      : key(k), value(static_cast<std::int64_t>(v.count())) {}

  std::string_view key;
  value_type value;
};

using fields = std::initializer_list<field>;

// -- set up -------------------------------------------------------------------

/// Sets format and level and hands the writing to a thread of its own. Before it (and after
/// `stop`) a line is written by the thread that logs it.
void start(format how, level from);

/// Writes what is waiting and ends the thread. Logging goes on, written by the caller.
void stop() noexcept;

void set_level(level from) noexcept;
void set_format(format how) noexcept;

/// Lines lost since `start` because stderr was slower than the node.
std::uint64_t lost_lines() noexcept;

/// Lines that were counted instead of written, see `limited`.
std::uint64_t repeated_lines() noexcept;

/// Sends lines (without line end) to `sink` instead of stderr, for tests; an empty function ends
/// it. `sink` is called by one thread at a time, the one that logs.
void redirect(std::function<void(std::string_view)> sink);

// -- logging ------------------------------------------------------------------

namespace detail {
extern std::atomic<level> threshold;
void write(level what, std::string_view name, fields with) noexcept;
void write_limited(level what, std::string_view name, fields with) noexcept;
}  // namespace detail

/// Whether a line of this level is written at all: ask before preparing a costly field.
inline bool enabled(level what) noexcept {
  return what >= detail::threshold.load(std::memory_order_relaxed);
}

inline void event(level what, std::string_view name, fields with = {}) noexcept {
  if (enabled(what)) detail::write(what, name, with);
}

inline void debug(std::string_view name, fields with = {}) noexcept {
  event(level::debug, name, with);
}

inline void info(std::string_view name, fields with = {}) noexcept {
  event(level::info, name, with);
}

inline void warn(std::string_view name, fields with = {}) noexcept {
  event(level::warn, name, with);
}

inline void error(std::string_view name, fields with = {}) noexcept {
  event(level::error, name, with);
}

/// For what a stranger can cause as often as they like: at most one line a second of each event
/// name. How many more there were is said when the second is over, by a line of the same name that
/// has nothing but `repeated=n`: at the latest at `stop`.
inline void limited(level what, std::string_view name, fields with = {}) noexcept {
  if (enabled(what)) detail::write_limited(what, name, with);
}

// -- parts, visible for tests -------------------------------------------------

/// One line, without line end.
std::string render(format how, level what, std::chrono::system_clock::time_point when,
                   std::string_view name, fields with);

/// Lets one line a second of each name through and counts the others.
/// Thread: any.   Bound: 256 names; what comes under further ones shares one entry.
class limiter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds window{1};

  /// What was held back of one name. `what`: the highest level among it.
  struct repeats {
    std::string name;
    level what = level::debug;
    std::uint64_t count = 0;
  };

  /// Whether this line is to be written.
  bool admit(level what, std::string_view name, time_point now);

  /// What was held back in windows that are over by then, each line once.
  std::vector<repeats> over(time_point by);

private:
  struct entry {
    time_point last;    ///< When a line was let through.
    time_point due{};   ///< When the window is over in which the first of these was held back.
    level what = level::debug;
    std::uint64_t held_back = 0;
  };

  std::mutex mutex_;
  std::map<std::string, entry, std::less<>> entries_;
};

}  // namespace herald::log
