#include "app/node_actors.hpp"

#include "actors/directory.hpp"
#include "actors/publisher.hpp"
#include "actors/warden.hpp"
#include "app/backplane_options.hpp"
#include "app/client_options.hpp"
#include "backplane/memory/memory_bridge.hpp"
#include "backplane/redis/redis_bridge.hpp"

#include <caf/send.hpp>

#include <functional>

namespace herald::app {
namespace {

actor_rules rules_for(const settings& from, node_state& state, std::size_t shards) {
  auto result = actor_rules_of(from, shards);
  if (from.auth == auth_kind::none) return result;
  result.tokens = &state.tokens;
  result.revoked = &state.revoked;
  return result;
}

}  // namespace

node_actors::node_actors(const settings& from, node_state& state, transport::public_port& port, transport::shard& internal)
  : settings_(from), state_(state), port_(port), internal_(internal), rules_(rules_for(from, state, port.shards.size())),
    redis_(redis_options_of(from)) {}

std::optional<std::string> node_actors::load() {
  if (settings_.backplane != backplane_kind::redis) return std::nullopt;
  if (auto why = load_redis_password(settings_, redis_)) return "redis-password-file " + settings_.redis_password_file + ' ' + *why;
  return load_redis_tls(settings_, redis_);
}

bridge_actor node_actors::spawn_bridge(backplane::said_handler on_said) {
  auto& where = *port_.shards.front();
  const auto limits = bridge_limits_of(settings_);
  if (settings_.backplane == backplane_kind::memory) return backplane::spawn_memory_bridge(where, limits, state_.backplane);
  return backplane::spawn_redis_bridge(where, where.context(), redis_, limits, state_.backplane,
                                       [this](const order& heard) { caf::anon_send(warden_, order_heard{heard}); },
                                       std::move(on_said));
}

void node_actors::spawn(backplane::said_handler on_said) {
  bridge_ = spawn_bridge(std::move(on_said));
  for (auto* one : port_.shards) port_.directories.push_back(spawn_on<directory>(*one, bridge_, rules_));
  publisher_ = spawn_on<publisher>(internal_, bridge_, rules_.publish_timeout);
  warden_ = spawn_on<warden>(internal_, bridge_, port_.directories, std::ref(state_.revoked), std::cref(state_.tokens),
                             rules_.publish_timeout);
}

void node_actors::end() {
  for (const auto& one : port_.directories) caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(publisher_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(warden_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(bridge_, caf::exit_reason::user_shutdown);
}

}  // namespace herald::app
