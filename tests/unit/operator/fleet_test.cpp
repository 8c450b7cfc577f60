#include "app/operator/fleet.hpp"

#include "tests/support/world.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace herald::test;
using namespace std::chrono_literals;
namespace text = herald::app::fleet_text;

namespace {

const node_id self{"self", "00000000000000aa"};
const node_id b{"b", "00000000000000bb"};
const node_id c{"c", "00000000000000cc"};

/// A node `self`, whose answers wait until the test gives them.
struct fixture {
  fleet_stats counts;
  std::vector<std::pair<std::string, std::function<void(std::string)>>> due;
  world w;
  fleet_actor who = w.spawn<fleet>(w.bridge(), options(), std::ref(counts));
  std::string outcome;

  fixture() {
    w.run();
    w.backplane().says.clear();
  }

  fleet_options options() {
    fleet_options result;
    result.self = self;
    result.address = [](const std::string& name) { return "at-" + name; };
    result.measure = [] {
      node_facts facts;
      facts.id = self;
      facts.subscribed = true;
      return facts;
    };
    result.answers["user"] = [this](const std::string& about, std::chrono::milliseconds, std::function<void(std::string)> done) {
      due.emplace_back(about, std::move(done));
    };
    return result;
  }

  void hear(std::string what) {
    if (auto heard = fleet::take_in(what, counts)) w.tell(who, *std::move(heard));
  }
  void hear_of(const node_id& id) {
    node_facts facts;
    facts.id = id;
    hear(text::to_text(facts));
  }
  void ask(std::string about = "42") {
    w.tell(who, ask_fleet{"user", std::move(about), 1s, [this](std::variant<fleet_answers, failure> got) { outcome = words(got); }});
  }
  void answer_here(std::string body = "\"here\"") {
    const auto answer = std::move(due.front().second);
    due.erase(due.begin());
    answer(std::move(body));
    w.run();
  }
  void answer_from(const node_id& id, std::uint64_t number, std::string body) {
    hear(to_text(text::answer{id, self.instance, number, false, std::move(body)}));
  }

  static std::string words(const std::variant<fleet_answers, failure>& got) {
    if (const auto* why = std::get_if<failure>(&got)) return std::string{to_string(why->code)};
    const auto& all = std::get<fleet_answers>(got);
    std::string result;
    for (const auto& one : all.answers) result += one.by.name + '=' + one.body + (one.cut ? " cut; " : "; ");
    result += "lacking";
    for (const auto& one : all.unanswered) result += ' ' + one.name;
    return result;
  }

  /// What the node has said since the last call: `*:node at-b:answer`.
  std::string said() {
    std::string result;
    for (const auto& one : std::exchange(w.backplane().says, {})) {
      const auto what = text::parse(one.text);
      REQUIRE(what);
      static constexpr std::array types{"node", "goodbye", "question", "answer"};
      if (!result.empty()) result += ' ';
      result += (one.to.empty() ? "*" : one.to) + ':' + types.at(what->index());
    }
    return result;
  }

  std::string view() {
    std::string result;
    w.tell(who, show_fleet{[&](const fleet_view& seen) {
      for (const auto& one : seen.nodes) result += one.facts.id.name + ' ' + to_string(one.now) + "; ";
    }});
    return result;
  }
};

}  // namespace

TEST_SUITE("fleet") {

TEST_CASE_FIXTURE(fixture, "a node says every two seconds that it is there, and at once to one that comes") {
  w.advance(2s);
  CHECK(said() == "*:node");
  hear_of(b);
  hear_of(c);
  w.advance(300ms);
  CHECK(said() == "*:node");
  CHECK(view() == "self live; b live; c live; ");
  hear(to_text(text::goodbye{b}));
  CHECK(view() == "self live; b gone; c live; ");
}

TEST_CASE_FIXTURE(fixture, "a question comes to all, and is over when all have answered") {
  hear_of(b);
  hear_of(c);
  ask();
  CHECK(said() == "*:question");
  CHECK(due.front().first == "42");
  answer_from(c, 1, "\"from c\"");
  answer_here();
  CHECK(outcome.empty());
  answer_from(b, 1, "\"from b\"");
  CHECK(outcome == "self=\"here\"; c=\"from c\"; b=\"from b\"; lacking");
  outcome.clear();
  answer_from(b, 1, "\"again\"");
  w.advance(1s);
  CHECK(outcome.empty());
}

TEST_CASE_FIXTURE(fixture, "who does not answer in time is named, and so is who fell silent") {
  hear_of(b);
  w.advance(4s);
  hear_of(c);
  w.advance(3s);  // b is silent now
  ask();
  answer_here();
  w.advance(999ms);
  CHECK(outcome.empty());
  w.advance(1ms);
  CHECK(outcome == "self=\"here\"; lacking c b");
  CHECK(counts.unanswered.get() == 2);
}

TEST_CASE_FIXTURE(fixture, "nobody waits for a node that said goodbye, nor does this one for itself alone") {
  hear_of(b);
  ask();
  answer_here();
  CHECK(outcome.empty());
  hear(to_text(text::goodbye{b}));
  CHECK(outcome == "self=\"here\"; lacking b");
  ask();
  CHECK(said() == "*:question");
  answer_here();
  CHECK(outcome == "self=\"here\"; lacking");
}

TEST_CASE_FIXTURE(fixture, "this node does not answer itself in time, if its shards stand still") {
  ask();
  w.advance(1s);
  CHECK(outcome == "lacking self");
  answer_here();
  CHECK(outcome == "lacking self");
}

TEST_CASE_FIXTURE(fixture, "a question of another node is answered to it alone; one that is not known, not at all") {
  hear(to_text(text::question{b, 9, "user", "7", 1s}));
  CHECK(due.front().first == "7");
  answer_here("{}");
  const auto says = std::exchange(w.backplane().says, {});
  REQUIRE(says.size() == 1);
  CHECK(says[0].to == "at-b");
  const auto sent = std::get<text::answer>(*text::parse(says[0].text));
  CHECK(sent.to == b.instance);
  CHECK(sent.number == 9);
  hear(to_text(text::question{b, 10, "weather", "", 1s}));
  CHECK(due.empty());
}

TEST_CASE_FIXTURE(fixture, "answers for another node of this name are left to it") {
  hear_of(b);
  ask();
  answer_here();
  hear(to_text(text::answer{b, c.instance, 1, false, "{}"}));
  CHECK(outcome.empty());
}

TEST_CASE_FIXTURE(fixture, "an answer that is too large is cut, and says so") {
  ask();
  answer_here(std::string(text::max_answer_bytes + 1, ' '));
  CHECK(outcome == "self={} cut; lacking");
}

TEST_CASE_FIXTURE(fixture, "only so many questions are open, and only so many are answered") {
  hear_of(b);
  for (std::size_t i = 0; i < fleet::max_questions; ++i) ask();
  CHECK(outcome.empty());
  ask();
  CHECK(outcome == "unavailable");
  w.advance(1s);
  while (!due.empty()) answer_here();
  for (std::uint64_t i = 0; i < fleet::max_answers_a_second; ++i) {
    hear(to_text(text::question{b, i, "user", "7", 1s}));
    answer_here();
  }
  hear(to_text(text::question{b, 1000, "user", "7", 1s}));
  CHECK(due.empty());
  CHECK(counts.refused.get() == 2);
  w.advance(1s);
  hear(to_text(text::question{b, 1001, "user", "7", 1s}));
  CHECK(due.size() == 1);
  answer_here();
}

TEST_CASE_FIXTURE(fixture, "garbage is counted, and nothing else comes of it") {
  for (const auto* bad : {"", "hello", "{}", "\xff\xfe", R"({"type":"node","name":"self","instance":"00000000000000aa"})"}) hear(bad);
  CHECK(counts.bad_messages.get() == 5);
  CHECK(view() == "self live; ");
  counts.waiting_bytes = fleet::max_waiting_bytes;
  CHECK_FALSE(fleet::take_in("x", counts));
  CHECK(counts.lost == 1);
  counts.waiting_bytes = 0;
}

TEST_CASE_FIXTURE(fixture, "it says goodbye, and then nothing more") {
  bool is_over = false;
  w.tell(who, leave_fleet{[&] { is_over = true; }});
  CHECK(is_over);
  CHECK(said() == "*:goodbye");
  w.advance(10s);
  CHECK(said().empty());
}

}
