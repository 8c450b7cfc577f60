#include "app/operator/capacity.hpp"

#include "transport/protocol/json_writer.hpp"

#include <algorithm>
#include <cmath>

namespace herald::app {
namespace {

using transport::json::writer;

constexpr double memory_share = 0.9;  ///< Of its limit: the rest is for the allocator and for catching up.
constexpr double cpu_share = 0.7;     ///< Of its CPUs: at more, deliveries wait for each other.
constexpr double old_rule = 1.5;
constexpr double hpa_tolerance = 1.1;  ///< Nothing happens before the average is so far over its target (--horizontal-pod-autoscaler-tolerance).
constexpr double hpa_memory_share = 0.7;
constexpr std::uint64_t replaced_service_connections = 5'000;

std::uint64_t rounded_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

std::uint64_t pods_by_rule(std::uint64_t connections, std::uint64_t a_pod) {
  return static_cast<std::uint64_t>(std::ceil(static_cast<double>(rounded_up(connections, a_pod)) * old_rule));
}

/// What fits, rounded down, but for what only the arithmetic lacks; 0 for what is none or less.
std::uint64_t whole(double x) { return x < 1 ? 0 : static_cast<std::uint64_t>(std::min(x * (1 + 1e-12), 1e15)); }

double default_bytes(const capacity_inputs& in) {
  using namespace capacity_defaults;
  return (in.has_tls ? bytes_a_tls_connection : bytes_a_connection) + (in.has_compression ? bytes_more_with_compression : 0);
}

double own_bytes(const capacity_inputs& in) { return static_cast<double>(in.base_bytes + in.reserve_bytes); }

capacity_bound by_memory(const capacity_inputs& in, double each) {
  if (!in.memory_limit_bytes) return {"memory", {}, "no limit: the cgroup of this node has none, and memory_limit was not given"};
  const auto room = memory_share * static_cast<double>(*in.memory_limit_bytes) - own_bytes(in);
  return {"memory", whole(room / each), "90 % of the limit, less the node itself, outbox-budget and ingress-max-bytes, over bytes a connection"};
}

capacity_bound by_cpu(const capacity_inputs& in, const capacity_plan& plan) {
  const auto each = plan.deliveries_per_s_a_connection * plan.cpu_us_a_delivery / 1e6;
  if (each <= 0) return {"cpu", {}, "no load: nothing was delivered of late, and deliveries_per_s was not given"};
  return {"cpu", whole(cpu_share * static_cast<double>(in.cpus) / each), "70 % of its CPUs, over what a connection's deliveries take"};
}

/// So many a pod on average that after the tolerance's last step the others still hold what one had, and by the old rule's share.
std::uint64_t hpa_target(std::uint64_t a_pod, std::uint64_t pods) {
  const auto all = static_cast<double>(a_pod);
  const auto others = static_cast<double>(pods - 1) / static_cast<double>(pods);
  return std::max<std::uint64_t>(whole(std::min(all / old_rule, all * others / hpa_tolerance)), 1);
}

/// In whole MiB: what they use at the target's last step is then the last step of 70 %.
std::uint64_t request_for(const capacity_inputs& in, const capacity_plan& plan) {
  const auto used = own_bytes(in) + hpa_tolerance * static_cast<double>(plan.hpa_connections) * (plan.bytes_a_connection + kernel_bytes_a_connection);
  return static_cast<std::uint64_t>(std::ceil(used / (hpa_memory_share * hpa_tolerance) / (1 << 20))) << 20;
}

void write_asked(writer& out, const capacity_inputs& in) {
  out.key("asked").begin_object().member("connections", in.connections);
  out.member("deliveries_per_s", in.deliveries_per_s).member("memory_limit_bytes", in.memory_limit_bytes).end_object();
}

void write_figures(writer& out, const capacity_inputs& in, const capacity_plan& plan) {
  const auto from = [](bool is_measured) { return is_measured ? "measured" : "default"; };
  out.key("figures").begin_object();
  out.member("bytes_a_connection", plan.bytes_a_connection).member("bytes_a_connection_from", from(in.bytes_a_connection.has_value()));
  out.member("kernel_bytes_a_connection", kernel_bytes_a_connection).member("measured_connections", in.measured_connections);
  out.member("base_bytes", in.base_bytes).member("reserve_bytes", in.reserve_bytes);
  out.member("cpu_us_a_delivery", plan.cpu_us_a_delivery).member("cpu_us_a_delivery_from", from(in.cpu_us_a_delivery.has_value()));
  out.member("deliveries_per_s_a_connection", plan.deliveries_per_s_a_connection).member("cpus", static_cast<std::uint64_t>(in.cpus)).end_object();
}

void write_a_pod(writer& out, const capacity_plan& plan) {
  out.key("a_pod").begin_object().member("connections", plan.least.connections).member("bound_by", plan.least.by).key("bounds").begin_array();
  for (const auto& one : plan.bounds) out.begin_object().member("by", one.by).member("connections", one.connections).member("why", one.why).end_object();
  out.end_array().end_object();
}

void write_pods(writer& out, const capacity_inputs& in, const capacity_plan& plan) {
  out.key("pods").begin_object().member("by_rule", plan.by_rule).member("with_one_lost", plan.with_one_lost).member("needed", plan.pods);
  out.member("by_rule_of_the_replaced_service", pods_by_rule(in.connections, replaced_service_connections)).end_object();
  out.key("hpa").begin_object().member("metric", "websocket_connections").member("average_value", plan.hpa_connections);
  out.member("scales_up_above", whole(hpa_tolerance * static_cast<double>(plan.hpa_connections)));
  out.member("min_replicas", plan.pods).member("max_replicas", plan.pods * 2);
  out.member("memory_request_bytes", plan.request_bytes).member("memory_average_utilization_percent", 70).end_object();
}

void write_notes(writer& out, const capacity_inputs& in, const capacity_plan& plan) {
  out.key("notes").begin_array();
  if (!in.bytes_a_connection)
    out.value("too few connections to measure their memory: it takes 500 at once, and there were at most "
              + std::to_string(in.measured_connections) + "; the benchmark's figure is taken");
  if (!in.cpu_us_a_delivery) out.value("too little load to measure CPU: it takes 10,000 deliveries at 100 a second or more; the benchmark's figure is taken");
  if (in.memory_limit_bytes && *plan.least.connections == 0 && plan.least.by == "memory")
    out.value("the memory limit has no room for connections: raise it, or lower outbox-budget or ingress-max-bytes");
  out.end_array();
}

}  // namespace

capacity_plan plan_capacity(const capacity_inputs& in) {
  capacity_plan plan;
  plan.bytes_a_connection = in.bytes_a_connection.value_or(default_bytes(in));
  plan.cpu_us_a_delivery = in.cpu_us_a_delivery.value_or(capacity_defaults::cpu_us_a_delivery);
  plan.deliveries_per_s_a_connection =
    in.deliveries_per_s ? *in.deliveries_per_s / static_cast<double>(in.connections) : in.deliveries_per_s_a_connection;
  plan.bounds = {by_memory(in, plan.bytes_a_connection + kernel_bytes_a_connection), by_cpu(in, plan),
                 {"max_connections", in.max_connections, "the setting max-connections"}};
  plan.least = *std::ranges::min_element(plan.bounds, {}, [](const auto& x) { return x.connections.value_or(~std::uint64_t{0}); });
  const auto a_pod = std::max<std::uint64_t>(*plan.least.connections, 1);
  plan.by_rule = pods_by_rule(in.connections, a_pod);
  plan.with_one_lost = rounded_up(in.connections, a_pod) + 1;
  plan.pods = std::max(plan.by_rule, plan.with_one_lost);
  plan.hpa_connections = hpa_target(a_pod, plan.pods);
  plan.request_bytes = request_for(in, plan);
  return plan;
}

std::string capacity_json(const capacity_inputs& in) {
  const auto plan = plan_capacity(in);
  writer out;
  out.begin_object();
  write_asked(out, in);
  out.member("is_measured", in.bytes_a_connection.has_value() && in.cpu_us_a_delivery.has_value());
  write_figures(out, in, plan);
  write_a_pod(out, plan);
  write_pods(out, in, plan);
  write_notes(out, in, plan);
  return out.end_object().take();
}

}  // namespace herald::app
