#include <doctest/doctest.h>

#include "backplane/redis/loss_marks.hpp"

#include <hiredis/hiredis.h>

#include <string>
#include <utility>
#include <vector>

using namespace herald;
using namespace herald::backplane;

/// Whether something is lost is asked until a server has answered: one that is not there, refuses or leaves is asked again.
TEST_SUITE_BEGIN("loss marks");

namespace {

/// Servers as a test wants them: each check waits for the test's answer.
class fake_servers : public commands {
public:
  bool is_there = true;

  void start() override {}
  bool is_ready(std::string_view) const override { return is_there; }
  void command(std::string_view, std::span<const std::string_view>, wire::reply_handler) override {}
  void describe(std::vector<backplane_connection>&) const override {}
  void replace(std::string_view, std::string_view) override {}
  void run(script which, std::string_view, std::span<const std::string_view> words, wire::reply_handler done) override {
    CHECK(which == script::mark_lost);
    asked_.emplace_back(std::string{words[3]}, std::move(done));
  }

  /// The offsets that were asked about and are not answered yet.
  std::string asked() const {
    std::string all;
    for (const auto& [offset, done] : asked_) all.append(all.empty() ? "" : " ").append(offset);
    return all;
  }

  void answer(long long number) {
    redisReply reply{};
    reply.type = REDIS_REPLY_INTEGER;
    reply.integer = number;
    take()(wire::outcome::replied, &reply);
  }

  void refuse() {
    std::string text = "LOADING Redis is loading the dataset in memory";
    redisReply reply{};
    reply.type = REDIS_REPLY_ERROR;
    reply.str = text.data();
    reply.len = text.size();
    take()(wire::outcome::replied, &reply);
  }

  void leave() { take()(wire::outcome::lost, nullptr); }

private:
  wire::reply_handler take() {
    REQUIRE_FALSE(asked_.empty());
    auto done = std::move(asked_.front().second);
    asked_.erase(asked_.begin());
    return done;
  }

  std::vector<std::pair<std::string, wire::reply_handler>> asked_;
};

struct fixture {
  redis_options options;
  fake_servers servers;
  loss_marks marks{options, bridge_limits{}, servers};
};

const auto alice = channel::user("alice");

cursor at(std::uint64_t offset) {
  return {1, offset, 0};
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "a check whose server was not there is asked when another one may be, and then no more") {
  servers.is_there = false;
  marks.check(alice.name(), at(7));
  CHECK(servers.asked().empty());
  marks.check_all();
  CHECK_MESSAGE(servers.asked().empty(), "it is still away");
  servers.is_there = true;
  marks.check_all();
  CHECK(servers.asked() == "7");
  servers.answer(0);
  marks.check_all();
  CHECK_MESSAGE(servers.asked().empty(), "it was answered");
}

TEST_CASE_FIXTURE(fixture, "a check that was refused for now, or whose server left, is asked again") {
  marks.check(alice.name(), at(7));
  CHECK(servers.asked() == "7");
  servers.refuse();
  CHECK_MESSAGE(servers.asked().empty(), "not at once: it would be refused again");
  marks.check_all();
  CHECK(servers.asked() == "7");
  servers.leave();
  CHECK(servers.asked().empty());
  marks.check_all();
  CHECK(servers.asked() == "7");
  servers.answer(1);
  marks.check_all();
  CHECK(servers.asked().empty());
}

TEST_CASE_FIXTURE(fixture, "what was accepted last is looked for with every server that takes over, and once each time") {
  marks.accepted(alice, at(8));
  marks.check_all();
  CHECK(servers.asked() == "8");
  servers.leave();
  marks.check_all();
  CHECK_MESSAGE(servers.asked() == "8", "once, though it was not answered before");
  servers.answer(0);
  marks.accepted(alice, at(9));
  marks.check_all();
  CHECK(servers.asked() == "9");
}

TEST_CASE_FIXTURE(fixture, "a check that waits for its server is not forgotten for a later receipt") {
  marks.accepted(alice, at(8));
  marks.check_all();
  marks.accepted(alice, at(12));
  servers.leave();
  marks.check_all();
  CHECK_MESSAGE(servers.asked() == "8 12", "the earlier one may be of an epoch that ended before");
}

TEST_SUITE_END();
