#pragma once

#include "actors/channel.hpp"
#include "actors/cursor.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is written down of one traced notification.
namespace herald {

// -- on its way to the sessions -----------------------------------------------

enum class trace_step : std::uint8_t {
  asked,      ///< The bridge was asked to publish it.
  accepted,   ///< The backplane has it.
  repeated,   ///< Its id was seen before: it was not sent again.
  refused,    ///< The backplane did not take it.
  received,   ///< It came from the backplane, live.
  healed,     ///< The bridge has read it from the log, because the live stream lacked something.
  bridge,     ///< Sent to so many directories.
  directory,  ///< Sent to so many routers.
  router,     ///< Sent to so many sessions.
  nobody,     ///< There was no session for it where it was looked for.
  dropped,    ///< It came no further.
};
inline constexpr std::size_t trace_steps = 11;

constexpr std::string_view to_string(trace_step what) noexcept {
  constexpr std::array<std::string_view, trace_steps> names{"asked", "accepted", "repeated", "refused", "received", "healed", "bridge",
                                                            "directory", "router", "nobody_here", "dropped"};
  return names[static_cast<std::size_t>(what)];
}

/// How often something happened, and when: Unix time in microseconds by this node's clock, 0: never.
struct trace_times {
  std::int64_t first_us = 0;
  std::int64_t last_us = 0;
  std::uint64_t times = 0;
  std::uint64_t amount = 0;  ///< Of directories, routers or sessions, all times together.
};

// -- at a session -------------------------------------------------------------

enum class session_step : std::uint8_t {
  kept,          ///< Until the client is welcomed.
  behind,        ///< Left to the log: the session reads there, because its client was away or is slow.
  read,          ///< Read from the log.
  queued,        ///< In its outbox.
  written,       ///< With the kernel, all of it.
  acknowledged,  ///< By the client's device.
  deduplicated,  ///< The client has it already.
  dropped,       ///< It was not queued.
  lost,          ///< It was queued, and the connection ended before it was written.
};
inline constexpr std::size_t session_steps = 9;

constexpr std::string_view to_string(session_step what) noexcept {
  constexpr std::array<std::string_view, session_steps> names{"kept", "behind", "read", "queued", "written", "acknowledged",
                                                              "deduplicated", "dropped", "lost"};
  return names[static_cast<std::size_t>(what)];
}

/// What is to be said of a session in one word.
enum class last_word : std::uint8_t { written, acknowledged, waiting, opening, deduplicated, catching_up, dropped };
inline constexpr std::size_t last_words = 7;

constexpr std::string_view to_string(last_word what) noexcept {
  constexpr std::array<std::string_view, last_words> names{"written", "acknowledged", "waiting", "opening", "deduplicated",
                                                           "catching_up", "dropped"};
  return names[static_cast<std::size_t>(what)];
}

/// Who is looked for has found its place (0), or tells more.
constexpr int tells(last_word what) noexcept {
  return what <= last_word::acknowledged ? 0 : static_cast<int>(what);
}

/// One session and one notification.
struct trace_row {
  std::uint64_t key = 0;  ///< Of the session's actor.
  std::string session, user, device, address;
  last_word word = last_word::opening;
  std::string_view why;   ///< Of `behind`, `deduplicated`, `dropped` and `lost`; static text.
  std::array<std::int64_t, session_steps> at_us{};  ///< Unix time, the first of each; 0: never.
};

// -- all of it ----------------------------------------------------------------

/// What one shard knows of one notification.
struct trace_record {
  static constexpr std::size_t max_rows = 200;

  std::string id;
  channel to;
  std::int64_t time_ms = 0;         ///< When it was published: Unix time, by the publishing node's clock.
  std::optional<cursor> position;
  std::size_t data_bytes = 0;
  std::string traceparent;          ///< Empty: none.
  std::string why;                  ///< Of `refused` and `dropped`.
  std::array<trace_times, trace_steps> steps{};
  std::vector<trace_row> rows;      ///< Up to `max_rows` sessions …
  std::array<std::uint64_t, session_steps> others{};  ///< … and how many others came to each step.
  std::uint64_t number = 0;         ///< Counts this shard's records.

  const trace_times& at(trace_step what) const noexcept { return steps[static_cast<std::size_t>(what)]; }
  std::uint64_t other(session_step what) const noexcept { return others[static_cast<std::size_t>(what)]; }
};

/// To a directory, for its shard.
struct describe_trace { std::string id; };

struct trace_facts {
  std::vector<trace_record> records;     ///< One for each channel that it went to.
  std::int64_t forgotten_until_ms = 0;   ///< Of what was published up to then, some was overwritten; 0: nothing was.
};

}  // namespace herald

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::describe_trace)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::trace_facts)
