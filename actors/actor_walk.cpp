#include "actors/actor_walk.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace herald {
namespace {

constexpr int actors_between_looks_at_the_clock = 32;

/// The oldest of equals comes first.
bool is_before(const ranked_row& a, const ranked_row& b) noexcept {
  return std::pair{a.rank, b.row.id} > std::pair{b.rank, a.row.id};
}

}  // namespace

actor_walk::actor_walk(home& of, actor_query what) : home_(of), what_(what), place_(of.actors()) {
  found_.shard = of.index();
}

bool actor_walk::step(std::chrono::nanoseconds most) {
  const auto begin = home_.clock_ns();
  for (auto now = begin; !found_.complete; now = home_.clock_ns()) {
    if (now != begin && now - begin >= most.count()) return false;
    for (int i = 0; i < actors_between_looks_at_the_clock && !found_.complete; ++i) {
      if (auto* who = place_.next())
        look_at(*who, now);
      else
        found_.complete = true;
    }
    if (most.count() == 0) break;
  }
  return found_.complete;
}

home_actors actor_walk::take() {
  std::ranges::sort_heap(found_.rows, is_before);
  return std::exchange(found_, {});
}

void actor_walk::look_at(listed_actor& who, std::int64_t now_ns) {
  const auto mailbox = who.mailbox_depth();
  auto& totals = found_.kinds[static_cast<std::size_t>(who.kind())];
  totals.mailbox += mailbox;
  totals.busy += who.meter().busy();
  if (what_.kind && *what_.kind != who.kind()) return;
  const auto rank = rank_of(who, mailbox, now_ns);
  auto& rows = found_.rows;
  if (rows.size() == what_.limit) {
    if (rank <= rows.front().rank) return;
    std::ranges::pop_heap(rows, is_before);
    rows.pop_back();
  }
  rows.push_back({rank, row_of(who, mailbox, home_.index(), now_ns)});
  std::ranges::push_heap(rows, is_before);
}

std::uint64_t actor_walk::rank_of(listed_actor& who, std::size_t mailbox, std::int64_t now_ns) const {
  const auto& meter = who.meter();
  switch (what_.order) {
    case actor_order::mailbox: return std::uint64_t{mailbox} << 32 | meter.recent_mailbox(now_ns);
    case actor_order::outbox: return who.outbox_bytes();
    case actor_order::busy: return static_cast<std::uint64_t>(meter.recent_busy(now_ns).count());
    case actor_order::age: return static_cast<std::uint64_t>(meter.age(now_ns).count());
    case actor_order::bytes: break;
  }
  return who.bytes_out();
}

actor_row row_of(listed_actor& who, std::size_t mailbox, std::size_t shard, std::int64_t now_ns) {
  const auto& meter = who.meter();
  actor_row row;
  row.kind = who.kind();
  row.id = who.actor_id();
  row.shard = shard;
  row.age = meter.age(now_ns);
  row.idle = meter.idle(now_ns);
  row.messages = meter.messages();
  row.mailbox = mailbox;
  row.mailbox_highest = std::max(meter.mailbox_highest(), mailbox);
  row.handling_mean = meter.handling_mean();
  row.handling_highest = meter.handling_highest();
  row.busy = meter.busy();
  row.recent_mailbox = std::max(meter.recent_mailbox(now_ns), mailbox);
  row.recent_handling = meter.recent_handling(now_ns);
  row.recent_busy = meter.recent_busy(now_ns);
  who.describe(row);
  return row;
}

std::vector<ranked_row> first_of(std::vector<home_actors>& all, std::size_t limit) {
  std::vector<ranked_row> rows;
  for (auto& one : all) std::ranges::move(one.rows, std::back_inserter(rows));
  std::ranges::sort(rows, is_before);
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

}  // namespace herald
