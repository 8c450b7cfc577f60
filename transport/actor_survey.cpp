#include "transport/actor_survey.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace herald::transport {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 200ms;
constexpr auto patience_of_shards = 150ms;
constexpr std::chrono::nanoseconds shortest_slice = 50us, longest_slice = 2ms;
constexpr auto stuck_after = 500ms;

/// How long a shard does other things after a slice, in slices: back to back they would keep two cores from everything else for 10 ms.
constexpr int slices_of_rest = 4;

}  // namespace

/// One shard's part. On its thread, from the first slice on.
struct actor_survey::walk {
  walk(shard& at, const actor_query& query, std::uint64_t of) : where(at), what(at, query), number(of), rest(at.context()) {}

  shard& where;
  actor_walk what;
  std::uint64_t number;
  clock::time_point ends = clock::now() + patience_of_shards;
  boost::asio::steady_timer rest;
};

void actor_survey::ask(const actor_query& what, done then) {
  const auto number = ++last_number_;
  auto& asked = *(open_[number] = std::make_unique<question>(home_));
  asked.then = std::move(then);
  for (auto* one : all_)
    boost::asio::post(one->context(), [this, one, what, number] { go_on(std::make_shared<walk>(*one, what, number)); });
  asked.patience.expires_after(patience);
  asked.patience.async_wait([this, number](const boost::system::error_code& error) {
    if (!error) finish(number);
  });
}

void actor_survey::go_on(const std::shared_ptr<walk>& what) {
  const auto slice = std::clamp(what->where.turn_times().last() / 10, shortest_slice, longest_slice);
  if (!what->what.step(slice) && clock::now() < what->ends) {
    what->rest.expires_after(slices_of_rest * slice);
    return what->rest.async_wait([this, what](const boost::system::error_code& error) {
      if (!error) go_on(what);
    });
  }
  boost::asio::post(home_.context(), [this, number = what->number, found = what->what.take()]() mutable {
    hand_in(number, std::move(found));
  });
}

void actor_survey::hand_in(std::uint64_t number, home_actors found) {
  const auto asked = open_.find(number);
  if (asked == open_.end()) return;  // too late
  asked->second->found.push_back(std::move(found));
  if (asked->second->found.size() == all_.size()) finish(number);
}

void actor_survey::finish(std::uint64_t number) {
  auto asked = open_.extract(number);
  if (asked.empty()) return;
  auto& of = *asked.mapped();
  of.patience.cancel();
  auto shards = look_at_shards(of.found);
  of.then({std::move(of.found), std::move(shards)});
}

std::vector<shard_row> actor_survey::look_at_shards(const std::vector<home_actors>& found) const {
  std::vector<shard_row> rows;
  for (auto* one : all_) {
    const auto& turns = one->turn_times();
    shard_row row;
    row.shard = one->index();
    row.since_turn = std::max(0ns, std::chrono::nanoseconds{clock::now() - one->last_alive()});
    row.last_turn = turns.last();
    row.turn_highest = turns.lengths().highest();
    row.lag_highest = turns.lags().highest();
    row.running = one->running();
    const auto mine = std::ranges::find(found, one->index(), &home_actors::shard);
    row.answered = mine != found.end() && mine->complete;
    row.stuck = mine == found.end() && row.since_turn >= stuck_after;
    rows.push_back(row);
  }
  return rows;
}

}  // namespace herald::transport
