#include "actors/unix_time.hpp"
#include "app/metrics/sources.hpp"

#include <algorithm>

namespace herald::app {
namespace {

/// For how long something has lasted that began then, by the steady clock; 0 where nothing began.
double lasted_s(std::int64_t since_ms) {
  return since_ms == 0 ? 0 : static_cast<double>(std::max<std::int64_t>(steady_ms() - since_ms, 0)) / 1000;
}

}  // namespace

void add_backplane(metric_list& to, const metric_sources& from) {
  const auto& bridge = from.bridge;
  to.total("redis_pubsub_messages_total", "Messages that came from the backplane's channels.", bridge.messages.get());
  to.gauges("herald_backplane_up", "1 while the backplane takes publishes, and is subscribed.",
            {{bridge.publishing ? 1.0 : 0.0, {{"side", "publish"}}}, {bridge.subscribed ? 1.0 : 0.0, {{"side", "subscribe"}}}});
  to.gauge("herald_backplane_away_seconds", "For how long it has not been both; 0: it is.", lasted_s(bridge.away_since_ms));
  to.total("herald_backplane_reconnects_total", "Connections to the backplane that were replaced.", bridge.reconnects.get());
  to.gauge("herald_backplane_subscriptions", "Channels that are subscribed.", bridge.subscriptions.get());
  to.gauge("herald_canary_seconds", "Round trip of what this node last published to itself; 0 before the first.",
           static_cast<double>(bridge.canary_us.get()) / 1e6);
  to.total("herald_gaps_total", "How often a channel's live stream lacked something that was then read from the log.", from.sum(&shard_stats::gaps));
  to.gauge("herald_healing_channels", "Channels whose log is being read because their live stream lacks something.", bridge.healing.get());
  to.gauge("herald_ingress_bytes", "Bytes of data on their way from the backplane to the sessions.", bridge.ingress_bytes.get());
  to.gauge("herald_ingress_max_bytes", "From how many on nothing more is read (ingress-max-bytes).", from.limits.ingress_max_bytes);
  to.total("herald_ingress_pauses_total", "How often reading stopped because the node was behind.", bridge.pauses.get());
  to.gauge("herald_ingress_paused_seconds", "For how long it has stopped now; 0: it has not.", lasted_s(bridge.behind_since_ms));
}

}  // namespace herald::app
