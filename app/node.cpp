#include "app/node.hpp"

#include "actors/directory.hpp"
#include "actors/log.hpp"
#include "actors/publisher.hpp"
#include "actors/warden.hpp"
#include "app/access.hpp"
#include "app/admin.hpp"
#include "app/auth_options.hpp"
#include "app/client_options.hpp"
#include "app/cpu_quota.hpp"
#include "app/health.hpp"
#include "app/metrics.hpp"
#include "app/tls.hpp"
#include "app/try_page.hpp"
#include "backplane/memory/memory_bridge.hpp"
#include "backplane/redis/redis_bridge.hpp"
#include "backplane/redis/tls.hpp"
#include "transport/auth/authenticator.hpp"
#include "transport/http/server.hpp"
#include "transport/listener.hpp"
#include "transport/tls/file_watch.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <thread>
#include <memory>
#include <vector>

namespace herald::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// How long what was accepted just before a stop has to come back from the backplane: sessions are served meanwhile.
constexpr auto settle_time = 250ms;
/// How long sessions have to be closed properly, and what is left to be cut.
constexpr auto close_time = 5s;
constexpr auto cut_time = 1s;
constexpr auto exit_time = 1s;
/// Over how long clients that are told to go are to come back, elsewhere.
constexpr auto reconnect_spread = 5s;

struct caf_config : caf::actor_system_config {
  caf_config() {
    set("scheduler.max-threads", 1);  // our actors run on the shards
  }
};

actor_rules rules_of(const settings& from, std::size_t shards) {
  actor_rules result;
  result.node = from.node_name;
  result.ping_interval = from.ping_interval;
  result.user_linger = from.user_linger;
  result.stall_timeout = from.slow_client_timeout;
  result.max_groups_per_session = from.max_groups_per_session;
  result.expiry_warning = from.auth_expiry_warning;
  // What all directories keep back together must stay well below the limit, or ingress would never open again.
  result.forwarded_chunk_bytes = std::min(result.forwarded_chunk_bytes, from.ingress_max_bytes / (4 * shards));
  return result;
}

access_options access_options_of(const settings& from) {
  return {from.api_keys_file, from.metrics_need_key, {from.publish_rate, from.publish_burst}};
}

backplane::bridge_limits bridge_limits_of(const settings& from) {
  using std::chrono::duration_cast, std::chrono::seconds;
  return {from.ingress_max_bytes, from.log_max_entries, duration_cast<seconds>(from.log_max_age),
          duration_cast<seconds>(from.idempotency_window)};
}

backplane::redis_options::shape shape_of(const redis_url& url) {
  using shape = backplane::redis_options::shape;
  switch (url.kind) {
    case redis_url::scheme::server: return shape::server;
    case redis_url::scheme::sentinel: return shape::sentinel;
    case redis_url::scheme::cluster: break;
  }
  return shape::cluster;
}

backplane::redis_options::mode mode_of(redis_mode from) {
  using mode = backplane::redis_options::mode;
  switch (from) {
    case redis_mode::channel: return mode::channel;
    case redis_mode::pattern: return mode::pattern;
    case redis_mode::sharded: break;
  }
  return mode::sharded;
}

backplane::redis_options redis_options_of(const settings& from) {
  backplane::redis_options result;
  result.kind = shape_of(from.redis);
  result.master_name = from.redis.master_name;
  for (const auto& host : from.redis.hosts) result.hosts.push_back({host.host, std::to_string(host.port)});
  result.user = from.redis.user;
  result.password = from.redis.password;
  result.db = from.redis.db;
  result.listen = mode_of(from.redis_mode);
  result.prefix = from.channel_prefix;
  result.client_name = "herald-" + from.node_name;
  result.connect_timeout = from.redis_connect_timeout;
  result.wait_replicas = from.redis_wait_replicas;
  result.max_message_bytes = std::max(result.max_message_bytes, from.publish_max_bytes);
  return result;
}

std::unique_ptr<transport::key_ring> make_keys(const settings& from) {
  if (from.auth != auth_kind::jwt) return nullptr;
  return std::make_unique<transport::key_ring>(key_ring_options_of(from));
}

/// Reads the files that TLS needs. What is wrong with them, if anything is.
std::optional<std::string> load_redis_tls(const settings& from, backplane::redis_options& into) {
  if (!from.redis.tls) return std::nullopt;
  auto found = backplane::load_tls({from.redis_tls_ca, from.redis_tls_cert, from.redis_tls_key,
                                    from.redis_tls_server_name, from.redis_tls_verify_name});
  if (auto* wrong = std::get_if<std::string>(&found)) return *wrong;
  into.tls = std::get<0>(std::move(found));
  return std::nullopt;
}

using tls_port_ptr = std::unique_ptr<transport::tls_port>;

tls_port_ptr make_tls_port(std::string name, std::optional<transport::tls_files> files) {
  return files ? std::make_unique<transport::tls_port>(std::move(name), *std::move(files)) : nullptr;
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
  explicit parts(const settings& from)
    : settings_(from), shards_(make_shards(resolved_shards(from))), rules_(rules_of(from, port_.shards.size())) {
    port_.tls = public_tls_.get();
    if (!keys_) return;
    auth_.emplace(*keys_, token_rules_of(from), revoked_);
    port_.auth = &*auth_;
    rules_.tokens = &tokens_;
    rules_.revoked = &revoked_;
  }

  std::optional<std::string> load() {
    return keys_ ? keys_->load() : std::nullopt;
  }

  std::optional<std::string> start() {
    if (settings_.backplane == backplane_kind::redis)
      if (auto why = load_redis_tls(settings_, redis_options_)) return why;
    for (auto* one : tls_ports())
      if (auto wrong = one->load()) return "TLS of the " + one->name() + " port: a file " + wrong->why;
    if (auto why = access_.start()) return why;
    if (auto why = listener_.open(settings_.listen.host, settings_.listen.port))
      return "can't listen on " + to_string(settings_.listen) + ": " + *why;
    if (auto why = http_.open(settings_.admin_listen.host, settings_.admin_listen.port))
      return "can't listen on " + to_string(settings_.admin_listen) + ": " + *why;
    spawn_actors();
    admin_.emplace(transport::publish_api{publisher_, settings_.publish_max_bytes}, health_, metrics_, access_,
                   revoke_api{warden_, settings_.auth == auth_kind::jwt, settings_.auth_revocation_ttl},
                   try_page(listener_.port(), port_.tls != nullptr),
                   internal_tls_ && internal_tls_->asks_for_certificates());
    if (keys_) keys_->start();
    for (auto& one : shards_) one->start();
    watch_.start();
    tls_watch_.start();
    http_.start();
    listener_.start();
    return std::nullopt;
  }

  void stop(const std::function<bool()>& hurry) {
    port_.stopping = true;
    listener_.stop();
    const auto all_closed = [&] { return metrics_.actors(actor_kind::session) == 0; };
    bool hurried = false;
    const auto is_over = [&] { return all_closed() || (hurried = hurried || hurry()); };
    wait_until(settle_time, is_over);
    end_sessions(close_reason::drain);
    const auto most = std::min<std::chrono::milliseconds>(close_time, settings_.drain_window);
    if (!wait_until(most, is_over) || !all_closed()) {
      log::warn("sessions_cut", {{"sessions", metrics_.actors(actor_kind::session)}});
      end_sessions(close_reason::shutdown);
      wait_until(cut_time, all_closed);
    }
    watch_.stop();
    tls_watch_.stop();
    http_.stop();
    if (keys_) keys_->stop();
    end_actors();
  }

  ~parts() {
    if (keys_) keys_->stop();  // it speaks to the shards
    for (auto& one : shards_) one->stop();
    port_.directories.clear();
  }

  std::uint16_t public_port() const { return listener_.port(); }
  std::uint16_t admin_port() const { return http_.port(); }

private:
  using shard_list = std::vector<std::unique_ptr<transport::shard>>;

  /// Those for clients, which the public port knows, and one for the internal port.
  shard_list make_shards(std::size_t for_clients) {
    shard_list result;
    for (std::size_t i = 0; i <= for_clients; ++i) {
      result.push_back(std::make_unique<transport::shard>(system_, i));
      homes_.push_back(result.back().get());
      if (i == for_clients) break;
      result.back()->stalled().budget(settings_.outbox_budget / for_clients);
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

  transport::shard& internal_shard() { return *shards_.back(); }

  void spawn_actors() {
    const auto limits = bridge_limits_of(settings_);
    auto& first = *shards_.front();
    bridge_ = settings_.backplane == backplane_kind::redis
                ? backplane::spawn_redis_bridge(first, first.context(), redis_options_, limits, status_,
                                                [this](const order& heard) { caf::anon_send(warden_, order_heard{heard}); })
                : backplane::spawn_memory_bridge(first, limits, status_);
    for (auto* one : port_.shards) port_.directories.push_back(spawn_on<directory>(*one, bridge_, rules_));
    publisher_ = spawn_on<publisher>(internal_shard(), bridge_, rules_.publish_timeout);
    warden_ = spawn_on<warden>(internal_shard(), bridge_, port_.directories, std::ref(revoked_), std::cref(tokens_),
                               rules_.publish_timeout);
  }

  void end_sessions(close_reason why) {
    for (const auto& one : port_.directories) caf::anon_send(one, close_sessions{{}, why, reconnect_spread});
  }

  /// The actors hold each other: each is told to end, and lets go of the others when it does.
  void end_actors() {
    for (const auto& one : port_.directories) caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(publisher_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(warden_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(bridge_, caf::exit_reason::user_shutdown);
    if (wait_until(exit_time, [this] { return system_.registry().running() == 0; })) return;
    // The actor system would wait for them for ever.
    log::error("actors_left", {{"actors", system_.registry().running()}});
    log::stop();
    std::_Exit(1);
  }

  // In the order in which one needs the other: connections, which end with their shard, count in the port.
  const settings& settings_;
  backplane::redis_options redis_options_ = redis_options_of(settings_);
  backplane::bridge_status status_;
  revocations revoked_;
  token_index tokens_;
  std::unique_ptr<transport::key_ring> keys_ = make_keys(settings_);  ///< Null where clients come without tokens.
  std::optional<transport::authenticator> auth_;
  caf_config caf_config_;
  caf::actor_system system_{caf_config_};
  tls_port_ptr public_tls_ = make_tls_port("public", public_tls(settings_));
  tls_port_ptr internal_tls_ = make_tls_port("internal", internal_tls(settings_));
  transport::tls_file_watch tls_watch_{tls_ports()};
  transport::public_port port_{port_options_of(settings_), resolved_shards(settings_)};
  std::vector<home*> homes_;
  shard_list shards_;
  actor_rules rules_;
  bridge_actor bridge_;
  publisher_actor publisher_;
  warden_actor warden_;
  transport::shard_watch watch_{internal_shard(), port_.shards};
  health health_{watch_, port_, status_, keys_.get(), settings_.readiness_grace};
  access access_{access_options_of(settings_)};
  metrics metrics_{homes_, port_, status_, health_, access_.stats(), keys_.get(), revoked_, version(), tls_ports()};
  std::optional<admin> admin_;
  transport::http_server http_{internal_shard(),
                               {.max_body_bytes = settings_.publish_batch_max_bytes,
                                .request_timeout = settings_.handshake_timeout},
                               [this](transport::http_request& head) { return access_.check(head); },
                               [this](transport::http_request what, transport::http_reply reply) {
                                 admin_->handle(std::move(what), std::move(reply));
                               },
                               internal_tls_.get()};
  transport::listener listener_{port_};
};

node::node(const settings& from) : parts_(std::make_unique<parts>(from)) {}

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

void node::stop(const std::function<bool()>& hurry) {
  parts_->stop(hurry);
}

}  // namespace herald::app
