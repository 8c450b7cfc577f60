#pragma once

#include "actors/notification.hpp"
#include "actors/stats.hpp"
#include "actors/trace_record.hpp"

#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald {

/// What a ring counts. Written by its shard, read by the metrics.
struct trace_counts {
  counter begun;        ///< Records that were begun: traced notifications, one a shard and channel that they came to.
  counter overwritten;  ///< Records that made room for others.
  counter left_out;     ///< Sessions' rows that made room for others, and steps for which there was no row.
  counter bytes;        ///< What is held now, roughly.
};

/// Which notification a step is of. Views: build it in the call.
struct trace_subject {
  std::string_view id;
  const channel& to;
  std::int64_t time_ms;
  std::optional<cursor> position;
  std::size_t data_bytes;
  std::string_view traceparent;
};

/// @pre it is traced
trace_subject trace_subject_of(const channel& to, const notification& what) noexcept;

/// A session, as its rows say.
struct traced_session {
  std::uint64_t key;
  std::string_view id, user, device, address;
};

/// What one shard has seen of the notifications that are traced: a record each, with a row a session.
///
/// Nothing of this is asked for a notification that is not traced: whoever calls looks at `batch::is_traced` first.
/// Thread: its shard.   Owns: copies of names; no notification, no connection.
/// Bound:  `limit` bytes, roughly: the oldest record makes room for a new one. A record has `trace_record::max_rows` rows: of more
///         sessions those that tell least are only counted.
class trace_ring {
public:
  /// 0: nothing is written down. Before the shard starts.
  void limit(std::size_t bytes) noexcept { limit_bytes_ = bytes; }

  // -- on the way ---

  void note(const trace_subject& what, trace_step step, std::uint64_t amount = 0, std::string_view why = {});

  /// Those of the run that are traced.
  void note(const batch& run, trace_step step, std::uint64_t amount = 0);

  // -- at a session ---

  void note(const batch& run, const traced_session& who, session_step step, std::string_view why = {});

  /// For `written`: what of the run is traced.
  std::vector<std::uint64_t> numbers_of(const batch& run);
  void written(const std::vector<std::uint64_t>& numbers, std::uint64_t key);

  /// Its device has acknowledged everything on the channel up to there.
  void acknowledged(std::uint64_t key, const channel& on, const cursor& up_to);

  /// The session has read the log from one place to the other: what it waits for still was not there, or is before that.
  void passed(std::uint64_t key, const channel& on, const cursor& from, const cursor& to, std::string_view why);

  /// The session is over, or with `only` it has left that channel: what was not queued by now it will not get.
  void left(std::uint64_t key, std::string_view why, const channel* only = nullptr);

  // -- for operators ---

  trace_facts find(std::string_view id) const;
  const trace_counts& counts() const noexcept { return counts_; }

private:
  using record_list = std::list<trace_record>;
  using name = std::pair<std::string_view, std::string_view>;  ///< Id and channel: parts of the record.

  trace_record* open(const trace_subject& what);
  void fill(trace_record& into, const trace_subject& what);
  void note(trace_record& in, const traced_session& who, session_step step, std::string_view why, std::int64_t now_us);
  trace_row* row_of(trace_record& in, const traced_session& who, last_word tells_of);
  void shrink(const trace_record* keep);
  void drop(record_list::iterator which);
  void count_bytes(std::size_t bytes) noexcept;

  record_list records_;  ///< Oldest first.
  std::map<name, record_list::iterator> by_name_;
  trace_record* last_ = nullptr;  ///< The one that was looked for last: the next is often the same.
  std::uint64_t numbers_ = 0;
  std::size_t bytes_ = 0;
  std::size_t limit_bytes_ = 1u << 20;
  std::int64_t forgotten_until_ms_ = 0;
  trace_counts counts_;
};

}  // namespace herald
