#include "app/operator/operators.hpp"

#include "actors/random.hpp"
#include "app/backplane_options.hpp"
#include "app/cpu_quota.hpp"
#include "app/operator/backplane_api.hpp"
#include "app/operator/capacity_api.hpp"
#include "app/operator/config_api.hpp"
#include "app/operator/groups_api.hpp"
#include "app/operator/memory_limit.hpp"
#include "app/operator/nodes_api.hpp"
#include "app/operator/trace_api.hpp"
#include "app/operator/users_api.hpp"

#include <caf/send.hpp>

#include <array>
#include <cstdio>
#include <functional>

namespace herald::app {
namespace {

/// What tells this run of this node from every other.
std::string new_instance() {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(random_bits()));
  return text.data();
}

/// What `/admin/capacity` knows of this node without measuring.
capacity_inputs capacity_of(const settings& from, const transport::public_port& port) {
  capacity_inputs node;
  node.memory_limit_bytes = cgroup_memory_limit(read_system_file);
  node.cpus = port.shards.size();
  node.max_connections = port.options.max_connections;
  node.reserve_bytes = from.outbox_budget + from.ingress_max_bytes;
  node.has_tls = port.tls != nullptr;
  node.has_compression = port.options.compression;
  return node;
}

}  // namespace

operators::operators(const settings& from, const std::vector<shown_setting>& shown, home& where, std::span<home* const> homes,
                     const transport::public_port& port, const backplane::bridge_status& status, const health& state)
  : settings_(from), shown_(shown), where_(where), port_(port), status_(status), self_{from.node_name, new_instance()},
    meter_(self_, version(), homes, port, status, state) {}

void operators::spawn(const bridge_actor& bridge, responders more) {
  inspector_ = spawn_on<inspector>(where_, bridge, port_.directories,
                                   [this](const std::string& user) { return port_.shard_of(user); });
  log_keeper_ = spawn_on<log_keeper>(where_, settings_.log_level);
  fleet_options options;
  options.self = self_;
  options.address = &redis_client_name;
  options.measure = [this] { return meter_.measure(); };
  options.answers = {{"user", users_api::answer_for(self_, inspector_)},
                     {"groups", groups_api::answer_list(inspector_)},
                     {"group", groups_api::answer_one(inspector_)},
                     {"trace", trace_api::answer_for(inspector_)}};
  options.answers.merge(more);
  fleet_ = spawn_on<fleet>(where_, bridge, std::move(options), std::ref(stats_));
}

backplane::said_handler operators::heard() {
  return [this](std::string_view text) {
    if (auto what = fleet::take_in(text, stats_)) caf::anon_send(fleet_, *std::move(what));
  };
}

std::vector<admin_route> operators::routes() const {
  using transport::http_reply;
  using transport::http_request;
  const nodes_api nodes{fleet_};
  const users_api users{fleet_, inspector_};
  const groups_api groups{fleet_, inspector_};
  const trace_api trace{fleet_};
  const backplane_api backplane{inspector_, status_};
  const capacity_api capacity{capacity_of(settings_, port_), meter_};
  return {
    {"GET", "/admin/nodes", [nodes](const http_request& what, http_reply done) { nodes.show(what, std::move(done)); }},
    {"GET", "/admin/users/", [users](const http_request& what, http_reply done) { users.show(what, std::move(done)); }},
    {"GET", "/admin/groups", [groups](const http_request& what, http_reply done) { groups.list(what, std::move(done)); }},
    {"GET", "/admin/groups/", [groups](const http_request& what, http_reply done) { groups.show(what, std::move(done)); }},
    {"GET", "/admin/trace/", [trace](const http_request& what, http_reply done) { trace.show(what, std::move(done)); }},
    {"GET", "/admin/backplane", [backplane](const http_request& what, http_reply done) { backplane.show(what, std::move(done)); }},
    {"GET", "/admin/capacity", [capacity](const http_request& what, http_reply done) { done(capacity.show(what)); }},
    {"GET", "/admin/config", [this](const http_request&, http_reply done) { done(show_config(shown_)); }},
    {"POST", "/admin/log-level", [who = log_keeper_](const http_request& what, http_reply done) { ask_log_level(who, what, std::move(done)); }},
  };
}

std::shared_ptr<const std::atomic<bool>> operators::say_goodbye() {
  auto is_over = std::make_shared<std::atomic<bool>>(false);
  caf::anon_send(fleet_, leave_fleet{[is_over] { *is_over = true; }});
  return is_over;
}

void operators::end() {
  caf::anon_send_exit(fleet_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(inspector_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(log_keeper_, caf::exit_reason::user_shutdown);
}

}  // namespace herald::app
