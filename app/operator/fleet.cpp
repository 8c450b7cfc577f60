#include "app/operator/fleet.hpp"

#include "actors/random.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace herald::app {
namespace {

using namespace std::chrono_literals;

constexpr auto say_timeout = 3s;
/// Over how long the nodes that hear of a new one spread their greetings.
constexpr auto greeting_spread = 300ms;
/// So much earlier than the asker gives up, a node gives up itself, so that its answer still arrives.
constexpr auto way_back = 150ms;

std::chrono::milliseconds until_next() { return presence::interval - jitter(presence::interval / 5); }

std::chrono::milliseconds own_share(std::chrono::milliseconds within) { return std::max(within - way_back, within / 2); }

}  // namespace

fleet::fleet(caf::actor_config& cfg, bridge_actor bridge, fleet_options options, fleet_stats& stats)
  : pinned(cfg), bridge_(std::move(bridge)), options_(std::move(options)), counts_(stats) {}

fleet::behavior_type fleet::make_behavior() {
  send(this, fleet_tick{});
  return {
    [this](const fleet_heard& what) { on_heard(what); },
    [this](const show_fleet& wish) { on_show(wish); },
    [this](const ask_fleet& asked) { on_ask(asked); },
    [this](const own_answer& what) { on_own_answer(what); },
    [this](const fleet_tick&) { on_tick(); },
    [this](const greeting_due&) {
      greeting_is_due_ = false;
      announce();
    },
    [this](const question_due& what) { close(what.number); },
    [this](const leave_fleet& wish) {
      is_leaving_ = true;
      request(bridge_, say_timeout, say{{}, to_text(fleet_text::goodbye{options_.self})})
        .then([done = wish.done](const said&) { done(); }, [done = wish.done](const caf::error&) { done(); });
    },
  };
}

void fleet::on_exit() {
  questions_.clear();
  options_ = {};  // what it was given holds other actors
  bridge_ = nullptr;
  pinned::on_exit();
}

// -- who is there -------------------------------------------------------------

void fleet::on_tick() {
  announce();
  counts_.live.store(others_.live(clock().now()));
  if (!is_leaving_) delayed_send(this, until_next(), fleet_tick{});
}

void fleet::announce() {
  if (!is_leaving_) tell({}, fleet_text::to_text(options_.measure()));
}

void fleet::tell(const std::string& to, std::string text) {
  // Who did not hear it is seen to be missing.
  request(bridge_, say_timeout, say{to, std::move(text)}).then([](const said&) {}, [](const caf::error&) {});
}

void fleet::on_show(const show_fleet& wish) {
  fleet_view result;
  auto self = options_.measure();
  result.is_hearing = self.subscribed;
  result.nodes.push_back({std::move(self), presence::state::live, 0ms});
  for (auto& one : others_.nodes(clock().now())) result.nodes.push_back(std::move(one));
  wish.done(std::move(result));
}

// -- from other nodes ---------------------------------------------------------

std::optional<fleet_heard> fleet::take_in(std::string_view text, fleet_stats& counts) {
  if (counts.waiting_bytes.fetch_add(text.size()) + text.size() <= max_waiting_bytes) return fleet_heard{std::string{text}};
  counts.waiting_bytes -= text.size();
  ++counts.lost;
  log::limited(log::level::warn, "fleet_message_lost", {{"why", "too many wait"}, {"bytes", text.size()}});
  return std::nullopt;
}

void fleet::on_heard(const fleet_heard& what) {
  counts_.waiting_bytes -= what.text.size();
  auto found = fleet_text::parse(what.text);
  if (!found) return refuse("nothing that a node says", what.text.size());
  std::visit([this](auto& message) { on(std::move(message)); }, *found);
}

void fleet::refuse(std::string_view why, std::size_t bytes) {
  counts_.bad_messages.add();
  log::limited(log::level::warn, "bad_fleet_message", {{"why", why}, {"bytes", bytes}});
}

void fleet::on(node_facts facts) {
  if (facts.id.instance == options_.self.instance) return refuse("it says that it is this node", 0);
  switch (others_.heard(std::move(facts), clock().now())) {
    case presence::news::known: return;
    case presence::news::refused: return refuse("there are too many nodes", 0);
    case presence::news::came: break;
  }
  // It need not wait until everybody has said that they are there.
  if (!std::exchange(greeting_is_due_, true)) delayed_send(this, jitter(greeting_spread), greeting_due{});
}

void fleet::on(const fleet_text::goodbye& what) {
  others_.said_goodbye(what.who, clock().now());
  // Whoever waits for its answers waits for nothing.
  std::vector<std::uint64_t> complete;
  for (auto& [number, one] : questions_) {
    if (std::erase(one.awaited, what.who) > 0) one.silent.push_back(what.who);
    if (one.awaited.empty()) complete.push_back(number);
  }
  for (const auto number : complete) close(number);
}

void fleet::on(fleet_text::question what) {
  if (!options_.answers.contains(what.what)) return;  // of a newer version, say
  if (answering_ >= max_questions || !may_answer()) {
    counts_.refused.add();
    log::limited(log::level::warn, "fleet_question_refused", {{"why", "too many"}, {"by", what.by.name}});
    return;
  }
  respond(std::move(what));
}

void fleet::on(fleet_text::answer what) {
  if (what.to != options_.self.instance) return;  // another node of this name has asked
  const auto number = what.number;
  settle(number, std::move(what));
}

// -- questions ----------------------------------------------------------------

bool fleet::may_answer() {
  const auto now = clock().now();
  if (now - second_ >= 1s) {
    second_ = now;
    answers_this_second_ = 0;
  }
  return ++answers_this_second_ <= max_answers_a_second;
}

void fleet::on_ask(const ask_fleet& asked) {
  const auto own = options_.answers.contains(asked.what);
  if (!own || asked.argument.size() > fleet_text::max_argument_bytes)
    return asked.done(failure{errc::internal, "this node can't ask that", {}});
  if (questions_.size() >= max_questions) {
    counts_.refused.add();
    return asked.done(failure{errc::unavailable, "this node asks the others as much as it may: try again", {}});
  }
  counts_.questions.add();
  const auto number = ++numbers_;
  open_question what{asked, {}, {options_.self}, {}};
  for (const auto& one : others_.nodes(clock().now())) {
    if (one.now == presence::state::live) what.awaited.push_back(one.facts.id);
    if (one.now == presence::state::silent) what.silent.push_back(one.facts.id);
  }
  const bool is_alone = what.awaited.size() == 1;
  questions_.emplace(number, std::move(what));
  fleet_text::question text{options_.self, number, asked.what, asked.argument, asked.within};
  delayed_send(this, asked.within, question_due{number});
  if (!is_alone) tell({}, to_text(text));
  respond(std::move(text));
}

void fleet::respond(fleet_text::question to) {
  const auto& answer_it = options_.answers.find(to.what)->second;
  ++answering_;
  const auto argument = to.argument;
  const auto within = own_share(to.within);
  answer_it(argument, within, [self = fleet_actor{this}, to = std::move(to)](std::string body) {
    caf::anon_send(self, own_answer{to, std::move(body)});
  });
}

void fleet::on_own_answer(const own_answer& what) {
  --answering_;
  counts_.answered.add();
  fleet_text::answer result{options_.self, what.to.by.instance, what.to.number, false, what.body};
  if (result.body.size() > fleet_text::max_answer_bytes) {
    // Whoever answers stops in time, and says so; this is for one that does not.
    result.body = "{}";
    result.cut = true;
  }
  if (what.to.by.instance == options_.self.instance) return settle(what.to.number, std::move(result));
  tell(options_.address(what.to.by.name), to_text(result));
}

void fleet::settle(std::uint64_t number, fleet_text::answer with) {
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;  // too late
  auto& what = found->second;
  auto& answers = what.so_far.answers;
  if (std::ranges::find(answers, with.by, &fleet_text::answer::by) != answers.end()) return refuse("a second answer", with.body.size());
  if (answers.size() > presence::max_nodes) return refuse("too many answers", with.body.size());
  std::erase(what.awaited, with.by);
  std::erase(what.silent, with.by);
  what.bytes += with.body.size();
  if (what.bytes > max_answers_bytes) {
    with.body = "{}";
    with.cut = true;
  }
  const bool is_own = with.by == options_.self;
  answers.insert(is_own ? answers.begin() : answers.end(), std::move(with));
  if (what.awaited.empty()) close(number);
}

void fleet::close(std::uint64_t number) {
  auto what = questions_.extract(number);
  if (what.empty()) return;  // answered
  auto& over = what.mapped();
  over.so_far.unanswered = std::move(over.awaited);
  over.so_far.unanswered.insert(over.so_far.unanswered.end(), over.silent.begin(), over.silent.end());
  counts_.unanswered.add(over.so_far.unanswered.size());
  over.asked.done(std::move(over.so_far));
}

}  // namespace herald::app

