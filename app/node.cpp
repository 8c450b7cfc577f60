#include "app/node.hpp"

#include "actors/log.hpp"
#include "app/access.hpp"
#include "app/admin.hpp"
#include "app/auth_options.hpp"
#include "app/client_options.hpp"
#include "app/cpu_quota.hpp"
#include "app/drain/drain_api.hpp"
#include "app/drain/rebalancer.hpp"
#include "app/health.hpp"
#include "app/metrics.hpp"
#include "app/node_actors.hpp"
#include "app/operator/actors_api.hpp"
#include "app/operator/operators.hpp"
#include "app/operator/test_hooks.hpp"
#include "app/tls.hpp"
#include "app/try_page.hpp"
#include "transport/auth/authenticator.hpp"
#include "transport/file_watch.hpp"
#include "transport/http/server.hpp"
#include "transport/listener.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace herald::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// How long actors have to end: a shard that stands still for a moment is no reason to end badly.
constexpr auto exit_time = 5s;
/// How long it may take to tell the other nodes: else they notice by themselves.
constexpr auto goodbye_time = 300ms;
/// For a drainer that does not answer.
constexpr auto drain_grace = 10s;

struct caf_config : caf::actor_system_config {
  caf_config() {
    set("scheduler.max-threads", 1);  // our actors run on the shards
  }
};

transport::http_limits http_limits_of(const settings& from) {
  return {.max_body_bytes = from.publish_batch_max_bytes, .request_timeout = from.handshake_timeout};
}

drain_plan drain_plan_of(const settings& from) {
  return {from.drain_delay, from.drain_window};
}

/// Waits until `done`, asking every 10 ms. Whether it came to that.
template <class Done>
bool wait_until(std::chrono::milliseconds most, Done done) {
  for (const auto end = steady_clock::now() + most; !done(); std::this_thread::sleep_for(10ms))
    if (steady_clock::now() > end) return false;
  return true;
}

}  // namespace

class node::parts {
public:
  parts(const settings& from, const std::vector<shown_setting>& shown)
    : settings_(from), shown_(shown), shards_(make_shards(resolved_shards(from))), actors_(from, state_, port_, internal_shard()) {
    port_.tls = public_tls_.get();
    if (!keys_) return;
    auth_.emplace(*keys_, token_rules_of(from), state_.revoked);
    port_.auth = &*auth_;
  }

  std::optional<std::string> load() {
    return keys_ ? keys_->load() : std::nullopt;
  }

  std::optional<std::string> start() {
    if (auto why = actors_.load()) return why;
    for (auto* one : tls_ports()) {
      files_.add(one->files(), [one] { one->reload(); });
      if (auto wrong = one->load()) return "TLS of the " + one->name() + " port: a file " + wrong->why;
    }
    if (auto why = access_.start(files_)) return why;
    if (auto why = listener_.open(settings_.listen.host, settings_.listen.port))
      return "can't listen on " + to_string(settings_.listen) + ": " + *why;
    if (auto why = http_.open(settings_.admin_listen.host, settings_.admin_listen.port))
      return "can't listen on " + to_string(settings_.admin_listen) + ": " + *why;
    if (settings_.allow_test_hooks) hooks_ = std::make_unique<test_hooks>(port_);
    actors_.spawn(operators_.heard());
    operators_.spawn(actors_.bridge(), {{"actors", actors_api_.answer()}});
    spawn_drainer();
    spawn_rebalancer();
    metrics_.show(operators_.stats());
    metrics_.show(draining_, rebalancing_);
    admin_.emplace(transport::publish_api{actors_.publishing(), settings_.publish_max_bytes}, health_, metrics_, access_,
                   revoke_api{actors_.ordering(), settings_.auth == auth_kind::jwt, settings_.auth_revocation_ttl},
                   try_page(listener_.port(), port_.tls != nullptr), routes());
    if (keys_) keys_->start();
    for (auto& one : shards_) one->start();
    watch_.start();
    files_.start();
    http_.start();
    listener_.start();
    return std::nullopt;
  }

  void stop(const stop_order& how) {
    const auto plan = how.at_once ? drain_plan{0ms, 0ms} : drain_plan_of(settings_);
    caf::anon_send(drainer_, begin_drain{plan, how.by, how.at_once, {}});
    bool hurried = how.at_once;
    const auto has_come_to = [&](drain_phase what) {
      if (!hurried && how.hurry()) {
        hurried = true;
        caf::anon_send(drainer_, begin_drain{{0ms, 0ms}, "a second signal", true, {}});
      }
      return draining_.phase >= what;
    };
    const auto most = plan.delay + plan.window + drain_grace;
    wait_until(most, [&] { return has_come_to(drain_phase::closing); });
    listener_.stop();  // a refused connection is tried elsewhere at once, a 503 is not
    if (!wait_until(most, [&] { return has_come_to(drain_phase::drained); })) log::error("drain_stuck", {{"sessions", sessions()}});
    watch_.stop();
    files_.stop();
    http_.stop();
    if (keys_) keys_->stop();
    caf::anon_send_exit(drainer_, caf::exit_reason::user_shutdown);
    if (rebalancer_) caf::anon_send_exit(rebalancer_, caf::exit_reason::user_shutdown);
    const auto is_told = operators_.say_goodbye();
    wait_until(goodbye_time, [&] { return is_told->load(); });
    operators_.end();
    actors_.end();
    await_end_of_actors();
  }

  ~parts() {
    if (keys_) keys_->stop();  // it speaks to the shards
    for (auto& one : shards_) one->stop();
    port_.directories.clear();
  }

  std::uint16_t public_port() const { return listener_.port(); }
  std::uint16_t admin_port() const { return http_.port(); }

private:
  /// Connections count until all is flushed, actors until they have accounted for all.
  std::size_t sessions() const { return std::max<std::size_t>(metrics_.actors(actor_kind::session), port_.sessions); }

  void spawn_drainer() {
    drainer_options options;
    options.sessions = [this] { return sessions(); };
    options.plan = drain_plan_of(settings_);
    options.fleet = operators_.others();
    options.inspector = operators_.inspection();
    options.log_max_entries = settings_.log_max_entries;
    options.log_max_age = settings_.log_max_age;
    options.shares_backplane = settings_.backplane != backplane_kind::memory;
    options.is_backplane_there = [this] { return state_.backplane.away_since_ms == 0; };
    drainer_ = spawn_on<drainer>(internal_shard(), std::ref(port_), std::ref(draining_), std::move(options));
  }

  void spawn_rebalancer() {
    if (!settings_.rebalance) return;
    const rebalance_rules rules{settings_.rebalance_tolerance, settings_.rebalance_rate, settings_.rebalance_min_age};
    const auto sessions_of = [this](std::size_t shard) { return homes_[shard]->stats().actor(actor_kind::session).get(); };
    rebalancer_ = spawn_on<rebalancer>(internal_shard(), rules, operators_.others(), port_.directories, sessions_of, std::cref(draining_),
                                       std::ref(rebalancing_));
  }

  using shard_list = std::vector<std::unique_ptr<transport::shard>>;

  /// Those for clients, which the public port knows, and one for the internal port.
  shard_list make_shards(std::size_t for_clients) {
    shard_list result;
    for (std::size_t i = 0; i <= for_clients; ++i) {
      result.push_back(std::make_unique<transport::shard>(system_, i));
      homes_.push_back(result.back().get());
      result.back()->traces().limit(settings_.trace_ring);
      if (i == for_clients) break;
      result.back()->budget().limit(settings_.outbox_budget / for_clients);
      port_.shards.push_back(result.back().get());
    }
    return result;
  }

  /// Those that speak it.
  std::vector<transport::tls_port*> tls_ports() const {
    std::vector<transport::tls_port*> result;
    for (auto* one : {public_tls_.get(), internal_tls_.get()})
      if (one != nullptr) result.push_back(one);
    return result;
  }

  std::vector<transport::shard*> all_shards() const {
    std::vector<transport::shard*> result;
    for (const auto& one : shards_) result.push_back(one.get());
    return result;
  }

  transport::shard& internal_shard() { return *shards_.back(); }

  /// Those that need more of the node than the internal port has itself.
  std::vector<admin_route> routes() {
    auto result = operators_.routes();
    const drain_api draining{drainer_, draining_, drain_plan_of(settings_), [this] { return sessions(); }};
    using transport::http_reply;
    using transport::http_request;
    result.push_back({"GET", "/admin/drain", [draining](const http_request& what, http_reply done) { draining.show(what, std::move(done)); }});
    result.push_back({"POST", "/admin/drain", [draining](const http_request& what, http_reply done) { draining.begin(what, std::move(done)); }});
    result.push_back({"DELETE", "/admin/drain", [draining](const http_request& what, http_reply done) { draining.cancel(what, std::move(done)); }});
    result.push_back({"GET", "/admin/actors", [this](const transport::http_request& what, transport::http_reply done) {
                        actors_api_.show(operators_.others(), what, std::move(done));
                      }});
    if (hooks_)
      result.push_back({"POST", "/admin/test/", [this](const transport::http_request& what, transport::http_reply done) {
                          hooks_->handle(what, std::move(done));
                        }});
    return result;
  }

  /// Until all have ended the actor system would wait for them, for ever.
  void await_end_of_actors() {
    if (wait_until(exit_time, [this] { return system_.registry().running() == 0; })) return;
    log::error("actors_left", {{"actors", system_.registry().running()}});
    log::stop();
    std::_Exit(1);
  }

  // In the order in which one needs the other: connections, which end with their shard, count in the port.
  const settings& settings_;
  const std::vector<shown_setting>& shown_;
  node_state state_;
  std::unique_ptr<transport::key_ring> keys_ = make_key_ring(settings_);  ///< Null where clients come without tokens.
  std::optional<transport::authenticator> auth_;
  caf_config caf_config_;
  caf::actor_system system_{caf_config_};
  std::unique_ptr<transport::tls_port> public_tls_ = make_tls_port("public", public_tls(settings_));
  std::unique_ptr<transport::tls_port> internal_tls_ = make_tls_port("internal", internal_tls(settings_));
  transport::public_port port_{port_options_of(settings_), resolved_shards(settings_)};
  std::vector<home*> homes_;
  shard_list shards_;
  node_actors actors_;
  transport::shard_watch watch_{internal_shard(), port_.shards};
  health health_{watch_, port_, state_.backplane, keys_.get(), settings_.readiness_grace};
  access access_{access_options_of(settings_)};
  metrics metrics_{{settings_, homes_, all_shards(), port_, state_.backplane, health_, access_.stats(), state_.revoked, keys_.get(),
                    tls_ports(), nullptr, std::string{version()}}};
  operators operators_{settings_, shown_, internal_shard(), homes_, port_, state_.backplane, health_};
  drain_status draining_;
  drainer_actor drainer_;
  rebalance_stats rebalancing_;
  rebalancer_actor rebalancer_;  ///< Null unless settings want it.
  transport::actor_survey survey_{internal_shard(), all_shards()};
  actors_api actors_api_{survey_, metrics_, settings_.node_name};
  std::unique_ptr<test_hooks> hooks_;  ///< Null but in tests.
  std::optional<admin> admin_;
  transport::http_server http_{internal_shard(), http_limits_of(settings_), port_.limited,
                               [this](transport::http_request& head) { return access_.check(head); },
                               [this](transport::http_request what, transport::http_reply reply) {
                                 admin_->handle(std::move(what), std::move(reply));
                               },
                               internal_tls_.get()};
  transport::listener listener_{port_};
  transport::file_watch files_;  ///< Last, so that it ends first.
};

node::node(const settings& from, const std::vector<shown_setting>& shown) : parts_(std::make_unique<parts>(from, shown)) {}

node::~node() = default;

std::optional<std::string> node::load() {
  return parts_->load();
}

std::optional<std::string> node::start() {
  return parts_->start();
}

std::uint16_t node::public_port() const {
  return parts_->public_port();
}

std::uint16_t node::admin_port() const {
  return parts_->admin_port();
}

void node::stop(const stop_order& how) {
  parts_->stop(how);
}

}  // namespace herald::app
