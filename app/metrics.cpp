#include "app/metrics.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"
#include "app/access.hpp"
#include "app/health.hpp"
#include "app/operator/fleet_stats.hpp"
#include "transport/tls/port.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace herald::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using labels = std::vector<ClientMetric::Label>;

ClientMetric sample(MetricType type, std::uint64_t value, labels with) {
  ClientMetric result;
  result.label = std::move(with);
  (type == MetricType::Counter ? result.counter.value : result.gauge.value) = static_cast<double>(value);
  return result;
}

struct labelled {
  std::uint64_t value;
  labels with;
};

MetricFamily family(MetricType type, std::string name, std::string help, const std::vector<labelled>& samples) {
  MetricFamily result{std::move(name), std::move(help), type, {}};
  for (const auto& one : samples) result.metric.push_back(sample(type, one.value, one.with));
  return result;
}

MetricFamily gauge(std::string name, std::string help, std::uint64_t value) {
  return family(MetricType::Gauge, std::move(name), std::move(help), {{value, {}}});
}

MetricFamily total(std::string name, std::string help, std::uint64_t value) {
  return family(MetricType::Counter, std::move(name), std::move(help), {{value, {}}});
}

double seconds(std::chrono::nanoseconds x) {
  return std::chrono::duration<double>{x}.count();
}

ClientMetric sample(const transport::duration_histogram& of, labels with) {
  ClientMetric result;
  result.label = std::move(with);
  auto& to = result.histogram;
  for (std::size_t i = 0; i <= of.bounds.size(); ++i) {
    to.sample_count += of.count(i);
    const bool is_last = i == of.bounds.size();
    to.bucket.push_back({to.sample_count, is_last ? std::numeric_limits<double>::infinity() : seconds(of.bounds[i])});
  }
  to.sample_sum = seconds(of.sum());
  return result;
}

}  // namespace

metrics::metrics(std::span<home* const> homes, const transport::public_port& port,
                 const backplane::bridge_status& bridge, const health& state, const access_stats& access,
                 const transport::key_ring* keys, const revocations& revoked, std::string_view version,
                 std::vector<transport::tls_port*> tls, std::vector<transport::shard*> shards)
  : homes_(homes), port_(port), bridge_(bridge), health_(state), access_(access), keys_(keys), revoked_(revoked),
    version_(version), tls_(std::move(tls)), shards_(std::move(shards)) {}

template <class Member>
std::uint64_t metrics::sum(Member member) const {
  std::uint64_t result = 0;
  for (auto* one : homes_) result += member(one->stats()).get();
  return result;
}

std::uint64_t metrics::actors(actor_kind kind) const {
  return sum([=](shard_stats& x) -> counter& { return x.actor(kind); });
}

std::string metrics::text() const {
  families all;
  add_connections(all);
  add_auth(all);
  add_ledger(all);
  add_catching_up(all);
  add_backplane(all);
  add_node(all);
  add_turns(all);
  if (!tls_.empty()) add_tls(all);
  add_access(all);
  if (fleet_ != nullptr) add_fleet(all);
  add_traces(all);
  if (port_.options.compression) add_compression(all);
  return prometheus::TextSerializer{}.Serialize(all);
}

void metrics::add_connections(families& to) const {
  const auto sessions = actors(actor_kind::session);
  const auto memberships = sum([](auto& x) -> auto& { return x.group_memberships; });
  to.push_back(gauge("websocket_connections", "WebSockets that are open.", sessions));
  to.push_back(gauge("websocket_subscriptions", "Channels that sessions are in: their user's, broadcast, and groups.",
                     2 * sessions + memberships));
  to.push_back(gauge("herald_group_memberships", "Groups that sessions are in, a session each.", memberships));
  to.push_back(total("herald_connections_opened_total", "WebSockets that were opened.",
                     sum([](auto& x) -> auto& { return x.connections_opened; })));
  to.push_back(total("herald_handshakes_refused_total", "Requests on the public port that were refused.",
                     sum([](auto& x) -> auto& { return x.handshakes_refused; })));
  to.push_back(gauge("herald_connections_max", "Connections that there may be (max-connections).",
                     port_.options.max_connections));
  to.push_back(gauge("herald_handshakes_unfinished", "Connections on the public port that are not sessions yet.", port_.handshakes));
  std::vector<labelled> limited;
  for (std::size_t i = 0; i < transport::limit_kinds; ++i) {
    const auto which = static_cast<transport::limit_kind>(i);
    limited.push_back({port_.limited.get(which), {{"limit", std::string{to_string(which)}}}});
  }
  to.push_back(family(MetricType::Counter, "herald_limited_total", "How often clients came up against each limit (docs/security.md).", limited));
  to.push_back(total("herald_client_commands_total", "Messages from clients.",
                     sum([](auto& x) -> auto& { return x.client_commands; })));
  to.push_back(total("herald_client_errors_total", "Messages from clients that were answered with an error.",
                     sum([](auto& x) -> auto& { return x.client_errors; })));
}

void metrics::add_auth(families& to) const {
  to.push_back(total("herald_sessions_kicked_total", "Sessions that an operator ended, or whose token was revoked.",
                     sum([](auto& x) -> auto& { return x.sessions_kicked; })));
  if (keys_ == nullptr) return;
  to.push_back(total("herald_tokens_accepted_total", "Tokens that were good.", sum([](auto& x) -> auto& { return x.tokens_accepted; })));
  std::vector<labelled> refused;
  for (std::size_t i = 0; i < token_refusals; ++i) {
    const std::string why{to_string(static_cast<token_refusal>(i))};
    refused.push_back({sum([=](shard_stats& x) -> counter& { return x.tokens_refused[i]; }), {{"reason", why}}});
  }
  to.push_back(family(MetricType::Counter, "herald_tokens_refused_total", "Tokens that were refused, and why.", refused));
  to.push_back(total("herald_sessions_expired_total", "Sessions that ended because their token was good no more.",
                     sum([](auto& x) -> auto& { return x.sessions_expired; })));
  const auto& keys = keys_->counted();
  to.push_back(family(MetricType::Counter, "herald_key_fetches_total", "How often auth-jwks was asked for keys.",
                      {{keys.fetches_ok, {{"outcome", "ok"}}}, {keys.fetches_failed, {{"outcome", "failed"}}}}));
  to.push_back(total("herald_key_file_failures_total", "How often the files with keys could not be read again.", keys.file_failures));
  const auto current = keys_->current();
  to.push_back(gauge("herald_keys", "Keys that tokens are verified with.", current ? current->size() : 0));
  const auto loaded = keys.loaded_at_ms.load();
  to.push_back(gauge("herald_keys_age_seconds", "Since the keys were last fetched, or files with them changed.",
                     loaded == 0 ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(0, unix_ms() - loaded) / 1000)));
  to.push_back(gauge("herald_revocations", "Revocations that are kept.", revoked_.size()));
}

void metrics::add_ledger(families& to) const {
  to.push_back(total("herald_received_total", "Notifications that came from the backplane.",
                     sum([](auto& x) -> auto& { return x.received; })));
  to.push_back(total("herald_delivered_total", "Notifications put into an outbox, a session each.",
                     sum([](auto& x) -> auto& { return x.delivered; })));
  to.push_back(total("herald_due_total",
                     "The ledger's left side: notifications for sessions, a session each, and those that ended before they came to "
                     "sessions. Equals delivered + deduplicated + dropped + nobody_here when nothing is on its way.",
                     sum([](auto& x) -> auto& { return x.due; })));
  to.push_back(total("herald_deduplicated_total", "Notifications that came twice, live and from the log, and were sent once.",
                     sum([](auto& x) -> auto& { return x.deduplicated; })));
  to.push_back(total("herald_nobody_here_total", "Notifications for which there was no session where one was looked for.",
                     sum([](auto& x) -> auto& { return x.nobody_here; })));
  std::vector<labelled> dropped;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    const auto why = static_cast<drop_reason>(i);
    dropped.push_back({sum([=](shard_stats& x) -> counter& { return x.drop(why); }), {{"reason", std::string{to_string(why)}}}});
  }
  to.push_back(family(MetricType::Counter, "herald_dropped_total", "Notifications that were dropped, and why.", dropped));
  to.push_back(total("herald_sent_bytes_total", "Bytes written to clients.",
                     sum([](auto& x) -> auto& { return x.delivered_bytes; })));
  const auto accepted = sum([](auto& x) -> auto& { return x.publishes_accepted; });
  const auto refused = sum([](auto& x) -> auto& { return x.publishes_refused; });
  to.push_back(family(MetricType::Counter, "herald_publishes_total", "Publishes through this node, a channel each.",
                      {{accepted, {{"outcome", "accepted"}}}, {refused, {{"outcome", "refused"}}}}));
}

void metrics::add_catching_up(families& to) const {
  to.push_back(total("herald_log_pages_total", "Pages of the log that were read for sessions that catch up.",
                     sum([](auto& x) -> auto& { return x.pages; })));
  to.push_back(total("herald_slow_sessions_total", "How often a session left a live stream because its client was too slow.",
                     sum([](auto& x) -> auto& { return x.fell_behind; })));
  to.push_back(gauge("herald_outboxes_stalled", "Clients whose sockets take no more now.",
                     sum([](auto& x) -> auto& { return x.outboxes_stalled; })));
  to.push_back(gauge("herald_outbox_stalled_bytes", "What waits for them together; outbox-budget is the most.",
                     sum([](auto& x) -> auto& { return x.outbox_stalled_bytes; })));
  to.push_back(total("herald_outboxes_shed_total", "Clients closed as slow because outbox-budget was exceeded.",
                     sum([](auto& x) -> auto& { return x.outboxes_shed; })));
  to.push_back(total("herald_resets_total", "How often a client was told that messages are gone for good.",
                     sum([](auto& x) -> auto& { return x.resets; })));
  to.push_back(total("herald_gaps_total", "How often a channel's live stream lacked something that was then read from the log.",
                     sum([](auto& x) -> auto& { return x.gaps; })));
  to.push_back(gauge("herald_healing_channels", "Channels whose log is being read because their live stream lacks something.",
                     bridge_.healing.get()));
  auto canary = gauge("herald_canary_seconds", "Round trip of what this node last published to itself; 0 before the first.", 0);
  canary.metric.front().gauge.value = static_cast<double>(bridge_.canary_us.get()) / 1e6;
  to.push_back(std::move(canary));
}

void metrics::add_backplane(families& to) const {
  to.push_back(total("redis_pubsub_messages_total", "Messages that came from the backplane's channels.",
                     bridge_.messages.get()));
  to.push_back(family(MetricType::Gauge, "herald_backplane_up", "1 while the backplane takes publishes, and is subscribed.",
                      {{bridge_.publishing ? 1u : 0u, {{"side", "publish"}}},
                       {bridge_.subscribed ? 1u : 0u, {{"side", "subscribe"}}}}));
  to.push_back(total("herald_backplane_reconnects_total", "Connections to the backplane that were replaced.",
                     bridge_.reconnects.get()));
  to.push_back(gauge("herald_backplane_subscriptions", "Channels that are subscribed.", bridge_.subscriptions.get()));
  to.push_back(gauge("herald_ingress_bytes", "Bytes of data on their way from the backplane to the sessions.",
                     bridge_.ingress_bytes.get()));
  to.push_back(total("herald_ingress_pauses_total", "How often reading stopped because the node was behind.",
                     bridge_.pauses.get()));
}

void metrics::add_compression(families& to) const {
  to.push_back(total("herald_compressed_connections_total", "WebSockets whose clients take compressed messages.",
                     sum([](auto& x) -> auto& { return x.compressed_connections; })));
  to.push_back(total("herald_compressed_messages_total", "Messages that were compressed, each once for all clients.",
                     sum([](auto& x) -> auto& { return x.compressions; })));
  const auto before = sum([](auto& x) -> auto& { return x.compressed_from_bytes; });
  const auto after = sum([](auto& x) -> auto& { return x.compressed_to_bytes; });
  to.push_back(family(MetricType::Counter, "herald_compression_bytes_total", "Bytes of these messages, before and after.",
                      {{before, {{"side", "before"}}}, {after, {{"side", "after"}}}}));
}

void metrics::add_tls(families& to) const {
  const auto done = sum([](auto& x) -> auto& { return x.tls_handshakes; });
  const auto failed = sum([](auto& x) -> auto& { return x.tls_handshakes_failed; });
  to.push_back(family(MetricType::Counter, "herald_tls_handshakes_total", "TLS handshakes of clients, on both ports.",
                      {{done, {{"outcome", "done"}}}, {failed, {{"outcome", "failed"}}}}));
  std::vector<labelled> ends, reloads;
  for (const auto* one : tls_) {
    ends.push_back({static_cast<std::uint64_t>(one->identity()->not_after()), {{"port", one->name()}}});
    reloads.push_back({one->reloads(), {{"port", one->name()}, {"outcome", "done"}}});
    reloads.push_back({one->failed_reloads(), {{"port", one->name()}, {"outcome", "failed"}}});
  }
  to.push_back(family(MetricType::Gauge, "herald_tls_certificate_expiry_timestamp_seconds",
                      "When the port's certificate, or one of its chain, expires: Unix time.", ends));
  to.push_back(family(MetricType::Counter, "herald_tls_reloads_total",
                      "How often a port's changed TLS files were read; failed: they can't be used, and the old ones stay.", reloads));
}

void metrics::add_node(families& to) const {
  std::vector<labelled> kinds;
  for (std::size_t i = 0; i < actor_kinds; ++i) {
    const auto kind = static_cast<actor_kind>(i);
    kinds.push_back({actors(kind), {{"kind", std::string{to_string(kind)}}}});
  }
  to.push_back(family(MetricType::Gauge, "herald_actors", "Actors that run.", kinds));
  to.push_back(total("herald_actor_failures_total", "Actors that a throwing handler ended.",
                     sum([](auto& x) -> auto& { return x.actor_failures; })));
  to.push_back(total("herald_handler_failures_total", "Handlers of sockets and timers that threw.",
                     sum([](auto& x) -> auto& { return x.handler_failures; })));
  std::vector<labelled> turns, flushes;
  for (auto* one : homes_) {
    const labels shard{{"shard", std::to_string(one->index())}};
    turns.push_back({one->stats().turns.get(), shard});
    flushes.push_back({one->stats().flushes.get(), shard});
  }
  to.push_back(family(MetricType::Counter, "herald_shard_turns_total", "Turns of each shard; the last one is the internal port's.", turns));
  to.push_back(family(MetricType::Counter, "herald_socket_writes_total", "System calls that wrote to clients.", flushes));
  to.push_back(gauge("herald_ready", "1 while /readyz says so.", health_.why_not_ready().empty() ? 1 : 0));
  to.push_back(total("herald_log_lines_lost_total", "Log lines lost because stderr was slower than the node.", log::lost_lines()));
  to.push_back(family(MetricType::Gauge, "herald_build_info", "1; the version is a label.", {{1, {{"version", version_}}}}));
}

void metrics::add_fleet(families& to) const {
  to.push_back(gauge("herald_fleet_nodes", "Nodes of the fleet that are heard now, this one included.", fleet_->live.get() + 1));
  to.push_back(total("herald_fleet_questions_total", "Questions of operators that this node has asked all nodes.", fleet_->questions.get()));
  to.push_back(total("herald_fleet_answers_total", "Questions that this node has answered, its own included.", fleet_->answered.get()));
  to.push_back(total("herald_fleet_unanswered_total", "Nodes that did not answer a question of this one in time.", fleet_->unanswered.get()));
  to.push_back(total("herald_fleet_questions_refused_total", "Questions that were too many to be asked, or to be answered.", fleet_->refused.get()));
  to.push_back(family(MetricType::Counter, "herald_fleet_messages_refused_total",
                      "Messages on the nodes' channels that no node would send, or that came while too much waited.",
                      {{fleet_->bad_messages.get(), {{"reason", "bad"}}}, {fleet_->lost, {{"reason", "too_many"}}}}));
}

void metrics::add_traces(families& to) const {
  const auto of = [this](auto member) {
    std::uint64_t result = 0;
    for (auto* one : homes_) result += (one->traces().counts().*member).get();
    return result;
  };
  to.push_back(total("herald_trace_records_total", "Records of traced notifications that were begun: one a shard and channel that each came to.",
                     of(&trace_counts::begun)));
  to.push_back(total("herald_trace_overwritten_total", "Records of traced notifications that made room for others (trace-ring).",
                     of(&trace_counts::overwritten)));
  to.push_back(total("herald_trace_left_out_total", "Sessions, or steps of theirs, that are only counted: their notification went to too many.",
                     of(&trace_counts::left_out)));
  to.push_back(gauge("herald_trace_bytes", "What is kept of traced notifications, roughly, on all shards.", of(&trace_counts::bytes)));
}

void metrics::add_turns(families& to) const {
  MetricFamily lengths{"herald_shard_turn_seconds", "How long each shard's turns take, without waiting; the last one is the internal port's.",
                       MetricType::Histogram, {}};
  MetricFamily lags{"herald_shard_lag_seconds", "How late a shard does what it is asked for, four times a second.", MetricType::Histogram, {}};
  for (const auto* one : shards_) {
    const labels shard{{"shard", std::to_string(one->index())}};
    lengths.metric.push_back(sample(one->turn_times().lengths(), shard));
    if (one != shards_.back()) lags.metric.push_back(sample(one->turn_times().lags(), shard));
  }
  to.push_back(std::move(lengths));
  to.push_back(std::move(lags));
}

void metrics::add_access(families& to) const {
  to.push_back(family(MetricType::Counter, "herald_api_requests_refused_total",
                      "Requests on the internal port that were refused: without a client certificate, without a key, with a wrong "
                      "one, without the right, or over publish-rate.",
                      {{access_.no_certificate.get(), {{"reason", "no_certificate"}}},
                       {access_.no_key.get(), {{"reason", "no_key"}}},
                       {access_.wrong_key.get(), {{"reason", "wrong_key"}}},
                       {access_.no_right.get(), {{"reason", "no_right"}}},
                       {access_.publishes_limited.get(), {{"reason", "publish_rate"}}}}));
  to.push_back(gauge("herald_api_keys", "Keys in force (api-keys-file).", access_.keys.get()));
  to.push_back(total("herald_api_keys_failed_reloads_total", "Times that the keys' file changed and could not be taken.",
                     access_.failed_reloads.get()));
}

}  // namespace herald::app
