#include "tests/contract/support/node.hpp"

#include <caf/send.hpp>

#include <doctest/doctest.h>

namespace herald::contract {
namespace {

caf::actor_system* shared = nullptr;

constexpr std::chrono::seconds answer_patience{15};

published receive(auto& handle) {
  published answer;
  handle.receive([&](published& what) { answer = std::move(what); },
                 [](const caf::error&) { FAIL("the bridge did not answer"); });
  return answer;
}

}  // namespace

caf::actor_system& actors() { return *shared; }

void share(caf::actor_system& system) { shared = &system; }

node::node(const spawn& how) : home_(actors(), 0), bridge_(how(home_, status_)) {}

node::~node() {
  caf::scoped_actor self{actors()};
  for (auto& who : directories_) self->send_exit(who, caf::exit_reason::user_shutdown);
  self->send_exit(bridge_, caf::exit_reason::user_shutdown);
  self->wait_for(bridge_, directories_);
  directories_.clear();
  bridge_ = nullptr;
}

node::listener node::listen() {
  auto heard = std::make_shared<ear>();
  auto who = directory_actor{spawn_on<hearing_directory>(home_, bridge_, heard)};
  directories_.push_back(who);
  return {who, heard};
}

void node::subscribe(const listener& who, const channel& what) {
  caf::anon_send(bridge_, herald::subscribe{what, who.who});
}

void node::subscribe_live(const listener& who, const channel& what) {
  subscribe(who, what);
  REQUIRE(who.heard->wait([&] {
    auto changes = who.heard->changes_so_far(what);
    return !changes.empty() && changes.back().live;
  }));
}

void node::unsubscribe(const listener& who, const channel& what) {
  caf::anon_send(bridge_, herald::unsubscribe{what, who.who});
}

published node::publish(publication what) {
  caf::scoped_actor self{actors()};
  auto handle = self->request(bridge_, answer_patience, herald::publish{std::move(what)});
  return receive(handle);
}

order_spread node::spread(order what) {
  caf::scoped_actor self{actors()};
  order_spread answer;
  self->request(bridge_, answer_patience, spread_order{std::move(what)})
    .receive([&](order_spread& got) { answer = std::move(got); }, [](const caf::error&) { FAIL("the bridge did not answer"); });
  return answer;
}

node::under_way node::publish_later(std::vector<publication> what) { return {bridge_, std::move(what)}; }

std::vector<published> node::publish_all(std::vector<publication> what) { return publish_later(std::move(what)).answers(); }

node::under_way::under_way(const bridge_actor& bridge, std::vector<publication> what) : self_(actors()) {
  for (auto& x : what) handles_.push_back(self_->request(bridge, answer_patience, herald::publish{std::move(x)}));
}

std::vector<published> node::under_way::answers() {
  std::vector<published> all;
  for (auto& x : handles_) all.push_back(receive(x));
  return all;
}

void node::end(listener& who) {
  caf::scoped_actor self{actors()};
  self->send_exit(who.who, caf::exit_reason::kill);
  self->wait_for(who.who);
  std::erase(directories_, who.who);
}

bool node::wait_until_there() {
  return eventually([&] { return status_.publishing && status_.subscribed; });
}

bool eventually(const std::function<bool()>& is_true) { return ear{}.wait(is_true); }

publication to_user(std::string_view user, std::string data, std::string id) {
  return {channel::user(user), std::move(data), std::move(id), true, std::nullopt};
}

receipt accepted(const published& what) {
  if (auto* no = std::get_if<failure>(&what.result)) FAIL(no->message);
  return std::get<receipt>(what.result);
}

failure refused(const published& what) {
  REQUIRE(std::holds_alternative<failure>(what.result));
  return std::get<failure>(what.result);
}

}  // namespace herald::contract
