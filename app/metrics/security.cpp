#include "actors/unix_time.hpp"
#include "app/access.hpp"
#include "app/metrics/sources.hpp"
#include "transport/tls/port.hpp"

#include <algorithm>

namespace herald::app {
namespace {

void add_tokens(metric_list& to, const metric_sources& from) {
  to.total("herald_tokens_accepted_total", "Tokens that were good.", from.sum(&shard_stats::tokens_accepted));
  std::vector<metric_sample> refused;
  for (std::size_t i = 0; i < token_refusals; ++i) {
    const std::string why{to_string(static_cast<token_refusal>(i))};
    refused.push_back({from.sum([=](shard_stats& x) -> counter& { return x.tokens_refused[i]; }), {{"reason", why}}});
  }
  to.totals("herald_tokens_refused_total", "Tokens that were refused, and why.", refused);
  to.total("herald_sessions_expired_total", "Sessions that ended because their token was good no more.", from.sum(&shard_stats::sessions_expired));
  const auto& keys = from.keys->counted();
  to.totals("herald_key_fetches_total", "How often auth-jwks was asked for keys.",
            {{std::uint64_t{keys.fetches_ok}, {{"outcome", "ok"}}}, {std::uint64_t{keys.fetches_failed}, {{"outcome", "failed"}}}});
  to.total("herald_key_file_failures_total", "How often the files with keys could not be read again.", std::uint64_t{keys.file_failures});
  const auto current = from.keys->current();
  to.gauge("herald_keys", "Keys that tokens are verified with.", current ? current->size() : std::size_t{0});
  const auto loaded = keys.loaded_at_ms.load();
  to.gauge("herald_keys_age_seconds", "Since the keys were last fetched, or files with them changed.",
           loaded == 0 ? 0.0 : static_cast<double>(std::max<std::int64_t>(0, unix_ms() - loaded)) / 1000);
  to.gauge("herald_revocations", "Revocations that are kept.", from.revoked.size());
}

void add_tls(metric_list& to, const metric_sources& from) {
  to.totals("herald_tls_handshakes_total", "TLS handshakes of clients, on both ports.",
            {{from.sum(&shard_stats::tls_handshakes), {{"outcome", "done"}}}, {from.sum(&shard_stats::tls_handshakes_failed), {{"outcome", "failed"}}}});
  std::vector<metric_sample> ends, reloads;
  for (const auto* one : from.tls) {
    ends.push_back({static_cast<double>(one->identity()->not_after()), {{"port", one->name()}}});
    reloads.push_back({one->reloads(), {{"port", one->name()}, {"outcome", "done"}}});
    reloads.push_back({one->failed_reloads(), {{"port", one->name()}, {"outcome", "failed"}}});
  }
  to.gauges("herald_tls_certificate_expiry_timestamp_seconds", "When the port's certificate, or one of its chain, expires: Unix time.", ends);
  to.totals("herald_tls_reloads_total",
            "How often a port's changed TLS files were read; failed: they can't be used, and the old ones stay.", reloads);
}

void add_access(metric_list& to, const metric_sources& from) {
  const auto& access = from.access;
  to.totals("herald_api_requests_refused_total",
            "Requests on the internal port that were refused: without a client certificate, without a key, with a wrong one, without the "
            "right, or over publish-rate.",
            {{access.no_certificate.get(), {{"reason", "no_certificate"}}},
             {access.no_key.get(), {{"reason", "no_key"}}},
             {access.wrong_key.get(), {{"reason", "wrong_key"}}},
             {access.no_right.get(), {{"reason", "no_right"}}},
             {access.publishes_limited.get(), {{"reason", "publish_rate"}}}});
  to.gauge("herald_api_keys", "Keys in force (api-keys-file).", access.keys.get());
  to.total("herald_api_keys_failed_reloads_total", "Times that the keys' file changed and could not be taken.", access.failed_reloads.get());
}

}  // namespace

void add_security(metric_list& to, const metric_sources& from) {
  to.total("herald_sessions_kicked_total", "Sessions that an operator ended, or whose token was revoked.", from.sum(&shard_stats::sessions_kicked));
  if (from.keys != nullptr) add_tokens(to, from);
  if (!from.tls.empty()) add_tls(to, from);
  add_access(to, from);
}

}  // namespace herald::app
