// What a drain would be like: asks who else there is, looks twice at where some logs end, and reckons.

#include "app/drain/drainer.hpp"
#include "app/drain/log_look.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace herald::app {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 1000ms;
constexpr auto patience_of_shards = 500ms;
/// Long enough to see a rate, short enough for somebody who waits.
constexpr auto between_looks = 1000ms;
constexpr std::size_t most_groups = 20;
constexpr std::size_t most_users = 100;

}  // namespace

/// In rounds: who and what is there; where logs end; where they end a second later.
struct foresight {
  enum class round { who_is_there, first_look, rest, second_look };

  foresee_drain asked;
  round now = round::who_is_there;
  std::size_t open = 0;  ///< Answers that lack in this round.
  forecast_input input;
  std::vector<channel> channels{channel::broadcast()};
  std::optional<log_look> logs;
  std::chrono::steady_clock::time_point looked;
};

namespace {

/// Counts an answer; the last one of a round wakes the drainer.
auto settling(drainer_actor self, std::shared_ptr<foresight> so_far) {
  return [self = std::move(self), so_far = std::move(so_far)] {
    if (--so_far->open == 0) caf::anon_send(self, foresight_gathered{so_far});
  };
}

}  // namespace

void drainer::on_foresee(const foresee_drain& asked) {
  auto so_far = std::make_shared<foresight>();
  so_far->asked = asked;
  so_far->open = 2 + port_.directories.size();
  const auto settle = settling(drainer_actor{this}, so_far);
  send(options_.fleet, show_fleet{[so_far, settle](fleet_view found) { so_far->input.fleet = std::move(found), settle(); }});
  send(options_.inspector, inspect_groups{most_groups, {}, patience_of_shards, [so_far, settle](const groups_view& found) {
                                            for (const auto& one : found.top) so_far->channels.push_back(channel::group(one.id));
                                            settle();
                                          }});
  for (const auto& one : port_.directories)
    request(one, patience_of_shards, sample_users{most_users / port_.directories.size() + 1})
      .then(
        [so_far, settle](const users_sample& found) {
          for (const auto& user : found.users) so_far->channels.push_back(channel::user(user));
          settle();
        },
        [settle](const caf::error&) { settle(); });
}

void drainer::on_gathered(const std::shared_ptr<foresight>& so_far) {
  using enum foresight::round;
  switch (so_far->now) {
    case who_is_there: return choose_logs(so_far);
    case first_look:
      so_far->now = rest;
      so_far->looked = now();
      return delayed_send(this, between_looks, foresight_gathered{so_far});
    case rest:
      so_far->now = second_look;
      return look_at_logs(so_far);
    case second_look: return tell(*so_far);
  }
}

void drainer::choose_logs(const std::shared_ptr<foresight>& so_far) {
  so_far->logs.emplace(std::move(so_far->channels), options_.log_max_entries);
  so_far->now = foresight::round::first_look;
  look_at_logs(so_far);
}

void drainer::look_at_logs(const std::shared_ptr<foresight>& so_far) {
  const auto& channels = so_far->logs->channels();
  so_far->open = channels.size();
  const auto settle = settling(drainer_actor{this}, so_far);
  const auto note = so_far->now == foresight::round::first_look ? &log_look::first : &log_look::second;
  for (std::size_t i = 0; i < channels.size(); ++i)
    send(options_.inspector, inspect_channel{channels[i], patience, [so_far, settle, note, i](const channel_facts& found) {
                                               ((*so_far->logs).*note)(i, found);
                                               settle();
                                             }});
}

void drainer::tell(foresight& all) {
  const auto between = std::chrono::duration_cast<std::chrono::milliseconds>(now() - all.looked);
  auto& input = all.input;
  input.sessions = options_.sessions();
  input.plan = options_.plan;
  input.logs = all.logs->cover(std::max(1ms, between));
  input.log_max_age = options_.log_max_age;
  input.shares_backplane = options_.shares_backplane;
  input.is_backplane_there = options_.is_backplane_there();
  all.asked.done(forecast(input));
}

}  // namespace herald::app
