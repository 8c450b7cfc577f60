#pragma once

#include "actors/actor_list.hpp"
#include "actors/home.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace herald {

/// By what actors are put in order, the most of it first: what waits for them now, what waits for their clients, how busy they
/// were of late, how old they are, what their clients were sent.
enum class actor_order : std::uint8_t { mailbox, outbox, busy, age, bytes };
inline constexpr std::array<std::string_view, 5> actor_order_names{"mailbox", "outbox", "busy", "age", "bytes"};

struct actor_query {
  std::optional<actor_kind> kind;  ///< None: all.
  actor_order order = actor_order::mailbox;
  std::size_t limit = 20;
};

/// An actor and what its place in the list goes by.
struct ranked_row {
  std::uint64_t rank = 0;
  actor_row row;
};

/// What one home answers.
struct home_actors {
  struct totals {
    std::uint64_t mailbox = 0;
    std::chrono::nanoseconds busy{0};  ///< Of those that run now.
  };

  std::size_t shard = 0;
  bool complete = false;  ///< Every actor was looked at.
  std::array<totals, actor_kinds> kinds;
  std::vector<ranked_row> rows;  ///< The first first.
};

/// Goes over a home's actors in slices, and keeps the first of them in the order that was asked for. Actors may end and come
/// between two slices.
/// Thread: the home's.   Bound: `limit` rows.
class actor_walk {
public:
  actor_walk(home& of, actor_query what);

  /// Goes on for `most`, but for 32 actors at least. Whether that was the end of the list.
  bool step(std::chrono::nanoseconds most);

  /// What was found so far.
  home_actors take();

private:
  void look_at(listed_actor& who, std::int64_t now_ns);
  std::uint64_t rank_of(listed_actor& who, std::size_t mailbox, std::int64_t now_ns) const;

  home& home_;
  actor_query what_;
  actor_list::place place_;
  home_actors found_;  ///< Its rows are a heap, the last one on top.
};

/// Everything about one actor.
actor_row row_of(listed_actor& who, std::size_t mailbox, std::size_t shard, std::int64_t now_ns);

/// Joins what several homes found, the first first, and no more than `limit`.
std::vector<ranked_row> first_of(std::vector<home_actors>& all, std::size_t limit);

}  // namespace herald
