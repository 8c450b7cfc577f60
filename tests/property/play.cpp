#include "tests/property/play.hpp"

#include "actors/directory.hpp"

#include <array>
#include <functional>

namespace herald::property {
namespace {

const std::array<std::string, 3> channels{"u", "broadcast", "group:" + group_id};

/// Takes a directory's place, and holds the bridge to its word.
class recording_directory final : public pinned<directory_actor, actor_kind::directory> {
public:
  recording_directory(caf::actor_config& cfg, std::map<std::string, referee>& judges) : pinned(cfg), judges_(judges) {}

  behavior_type make_behavior() override {
    return {
      [](const connect&) {},
      [this](const deliver& what) {
        for (const auto& item : what.run->items())
          judges_.at(what.run->to().name()).delivered(std::stoull(item.data), item.position);
      },
      [this](const channel_changed& change) { on_change(change.status); },
      [](const join&) {},
      [](const leave&) {},
      [](const router_idle&) {},
      [](const linger_over&) {},
      [](const next_slice&) {},
      [](const end_sessions&) { return sessions_ended{0}; },
      [](const describe_user&) { return user_facts{}; },
      [](const describe_groups&) { return groups_facts{}; },
      [](const describe_trace&) { return trace_facts{}; },
      [](const close_sessions&) {},
      [](const send_away&) {},
      [](const let_stay&) {},
      [](const departure_due&) {},
      [](const move_sessions&) { return sessions_ended{0}; },
      [](const sample_users&) { return users_sample{}; },
    };
  }

private:
  void on_change(const channel_status& status) {
    auto& judge = judges_.at(status.name.name());
    if (status.is_reset) judge.reset();
    if (status.position && (status.live || status.is_reset)) judge.has_position(*status.position);
  }

  std::map<std::string, referee>& judges_;
};

class player {
public:
  explicit player(const rules_of_play& rules)
    : rules_(rules), random_(rules.seed), redis_(rules.seed * 7919, rules.knows_run && rules.fault != planted::forks_are_missed),
      network_(redis_) {
    redis_.pages_have_holes = rules.fault == planted::pages_have_holes;
    network_.page_entries = 1 + pick(4);
    is_gentle_ = chance(40);
    entries_ = is_gentle_ ? 1000 : 6 + pick(20);
    const model_bridge::faults faults{rules.fault == planted::jumps_are_taken, rules.fault == planted::resets_are_kept};
    bridge_ = world_.spawn<model_bridge>(std::ref(context_), std::ref(network_), faults);
    begin();
    world_.run();  // so that the bridge has its connections
  }

  ~player() {
    for (auto& one : clients_) one->break_off();
    world_.run();
  }

  outcome_of_play run() {
    for (std::size_t i = 0; i < rules_.steps && error().empty(); ++i) {
      redis_.advance();
      act();
    }
    if (error().empty()) end();
    return {error(), delivered(), resets()};
  }

private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_); }
  bool chance(std::size_t percent) { return pick(100) < percent; }

  void begin() {
    const bool is_strict = rules_.knows_run;
    if (rules_.with_sessions) {
      directory_ = world_.spawn<directory>(bridge_, world_.rules());
      for (const auto* name : {"phone", "desk", "tablet"})
        clients_.push_back(std::make_unique<client>(redis_, "u", name, is_strict, rules_.fault == planted::frames_are_lost));
      return;
    }
    for (const auto& name : channels) judges_.emplace(name, referee{redis_, name, "the feed", is_strict});
    directory_ = world_.spawn<recording_directory>(std::ref(judges_));
  }

  // -- what can happen ---
  void act() {
    const auto what = pick(1000);
    if (what < 180) publish(channels[pick(channels.size())]);
    else if (what < 300) network_.serve_command();
    else if (what < 420) network_.bring_reply();
    else if (what < 480) network_.serve_subscription();
    else if (what < 640) network_.bring_message();
    else if (what < 800) let_actors_run(1 + pick(12));
    else if (what < 930) act_as_clients();
    else break_something();
    context_.poll_one();
    let_actors_run(pick(3));
  }

  void publish(const std::string& name) {
    const auto count = 1 + pick(3);
    for (std::size_t i = 0; i < count; ++i) network_.published(name, redis_.publish(name, entries_));
  }

  void let_actors_run(std::size_t steps) {
    for (std::size_t i = 0; i < steps && world_.home().step(); ++i) {
    }
  }

  void act_as_clients() {
    if (!rules_.with_sessions) return act_as_directory();
    auto& one = *clients_[pick(clients_.size())];
    if (!one.is_connected()) return caf::anon_send(directory_, one.connection());
    const auto what = pick(100);
    if (what < 80)
      for (auto count = 1 + pick(4); count > 0 && one.read(); --count) {
      }
    else if (what < 90)
      one.break_off();
    else
      one.toggle_group();
  }

  void act_as_directory() {
    const auto& name = channels[pick(channels.size())];
    if (subscribed_.insert(name).second) return caf::anon_send(bridge_, subscribe{*channel::parse(name), directory_});
    if (!chance(10)) return;
    subscribed_.erase(name);
    caf::anon_send(bridge_, unsubscribe{*channel::parse(name), directory_});
    world_.run();
    judges_.at(name).leave();
  }

  void break_something() {
    const auto what = pick(100);
    if (what < 20) network_.listening_down();
    else if (what < 50) network_.listening_up();
    else if (what < 60) network_.commands_down();
    else if (what < 75) network_.commands_up();
    else if (what < 82 && rules_.knows_run) network_.lose_one();
    else if (what < 87) network_.repeat_one(pick(5));
    else if (is_gentle_) return;
    else if (what < 92) redis_.trim(channels[pick(channels.size())], pick(entries_));
    else if (what < 97) fail_over();
    else lose_everything();
  }

  void fail_over() {
    redis_.advance();
    redis_.fail_over(pick(4));
    network_.commands_down();
    network_.deafen();
    if (chance(50)) network_.listening_down();
    redis_.advance();
  }

  void lose_everything() {
    redis_.advance();
    redis_.lose_everything();
    redis_.advance();
    if (chance(50)) return;
    network_.commands_down();
    network_.listening_down();
  }

  // -- the end ---
  void end() {
    network_.listening_down();  // as the canary would have it, where the server is another
    network_.listening_up();
    network_.commands_up();
    for (auto& one : clients_)
      if (!one->is_connected()) caf::anon_send(directory_, one->connection());
    if (!rules_.with_sessions)
      for (const auto& name : channels)
        if (subscribed_.insert(name).second) caf::anon_send(bridge_, subscribe{*channel::parse(name), directory_});
    come_to_rest();
    for (auto& one : clients_) one->join_group();
    come_to_rest();
    redis_.advance();
    for (const auto& name : channels) network_.published(name, redis_.publish(name, 1000));
    come_to_rest();
    for (auto& one : clients_) one->finish();
    for (auto& [name, judge] : judges_) judge.finish();
    check_ledger();
  }

  void come_to_rest() {
    for (int i = 0; i < 5'000; ++i) {
      redis_.advance();
      world_.run();
      bool did_something = context_.poll_one() > 0;
      did_something |= network_.serve_subscription() | network_.serve_command() | network_.bring_reply() | network_.bring_message();
      for (auto& one : clients_) did_something |= one->read();
      did_something |= world_.home().step();
      if (!did_something) return;
    }
    if (error_.empty()) error_ = "it never comes to rest";
  }

  void check_ledger() {
    auto& counts = world_.stats();
    auto gone = counts.delivered.get() + counts.deduplicated.get() + counts.nobody_here.get();
    for (const auto& reason : counts.dropped) gone += reason.get();
    if (counts.due.get() != gone && error().empty())
      error_ = "the ledger: " + std::to_string(counts.due.get()) + " due, and " + std::to_string(gone) + " accounted for";
  }

  std::string error() const {
    if (!error_.empty()) return error_;
    for (const auto& one : clients_)
      if (auto what = one->error(); !what.empty()) return what;
    for (const auto& [name, judge] : judges_)
      if (!judge.error().empty()) return judge.error();
    return {};
  }

  std::uint64_t delivered() const {
    std::uint64_t sum = 0;
    for (const auto& one : clients_) sum += one->count();
    for (const auto& [name, judge] : judges_) sum += judge.count();
    return sum;
  }

  std::uint64_t resets() const {
    std::uint64_t sum = 0;
    for (const auto& one : clients_) sum += one->resets();
    for (const auto& [name, judge] : judges_) sum += judge.resets();
    return sum;
  }

  rules_of_play rules_;
  std::mt19937_64 random_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  redis_model redis_;
  network network_;
  std::map<std::string, referee> judges_;
  std::vector<std::unique_ptr<client>> clients_;
  std::set<std::string> subscribed_;
  std::size_t entries_ = 10;
  bool is_gentle_ = false;  ///< Nothing is ever gone.
  std::string error_;
  test::world world_;
  bridge_actor bridge_;
  directory_actor directory_;
};

}  // namespace

outcome_of_play play(const rules_of_play& rules) { return player{rules}.run(); }

}  // namespace herald::property
